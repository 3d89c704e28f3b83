namespace OrganSeg.Experiments;

/// <summary>How well one organ was found.</summary>
/// <param name="Organ">Its name.</param>
/// <param name="Precision">Over all pixels of all slices; null where undefined.</param>
/// <param name="Recall">Likewise.</param>
/// <param name="F1">Likewise.</param>
/// <param name="Low">Lower end of the 95 % interval of F1, resampled by patient; null where there is none.</param>
/// <param name="High">Upper end.</param>
/// <param name="Patients">F1 by patient, in the order of their names.</param>
/// <param name="ReferencePixels">Pixels of the organ in each patient's reference, in the same order.</param>
/// <param name="PredictedPixels">Pixels in each patient's predictions.</param>
public sealed record OrganResult(
    string Organ,
    double? Precision,
    double? Recall,
    double? F1,
    double? Low,
    double? High,
    IReadOnlyList<double?> Patients,
    IReadOnlyList<long> ReferencePixels,
    IReadOnlyList<long> PredictedPixels);
