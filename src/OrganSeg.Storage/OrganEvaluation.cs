namespace OrganSeg.Storage;

/// <summary>How well a model found one organ in an evaluation; scores are 0…1, undefined ones null.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="ReferencePixels">Pixels of the organ in the reference; 0 means that nothing was measured of it.</param>
/// <param name="Precision">Pooled over all pixels.</param>
/// <param name="Recall">Pooled over all pixels.</param>
/// <param name="F1">Pooled over all pixels.</param>
/// <param name="Low">Lower limit of the 95 % interval of the pooled F1.</param>
/// <param name="High">Its upper limit.</param>
/// <param name="PatientF1">Mean of the patients' F1.</param>
/// <param name="PatientLow">Lower limit of the 95 % interval of that mean.</param>
/// <param name="PatientHigh">Its upper limit.</param>
public sealed record OrganEvaluation(
    string Organ,
    long ReferencePixels,
    double? Precision = null,
    double? Recall = null,
    double? F1 = null,
    double? Low = null,
    double? High = null,
    double? PatientF1 = null,
    double? PatientLow = null,
    double? PatientHigh = null);
