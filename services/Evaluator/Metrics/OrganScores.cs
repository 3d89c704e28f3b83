using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>One organ, under each of the three aggregations, which give different numbers and are never mixed.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Pooled">From the counts of all pixels of all images.</param>
/// <param name="PerImage">Mean of the values of single images.</param>
/// <param name="PerPatient">A patient's images are pooled, then patients are averaged.</param>
/// <param name="Counts">The pooled counts.</param>
/// <param name="ImagesAbsentInBoth">Images with the organ in neither map; the report's policy says what they count.</param>
/// <param name="PatientsAbsentInBoth">Likewise, patients.</param>
internal sealed record OrganScores(
    string Organ,
    OverlapScores Pooled,
    MeanScores PerImage,
    MeanScores PerPatient,
    PixelCounts Counts,
    int ImagesAbsentInBoth,
    int PatientsAbsentInBoth)
{
    /// <summary>Images whose reference has the organ and whose prediction has not.</summary>
    public int ImagesMissed { get; init; }

    /// <summary>Images whose prediction has the organ and whose reference has not.</summary>
    public int ImagesInvented { get; init; }

    /// <summary>Patients whose reference has the organ and whose prediction has not.</summary>
    public int PatientsMissed { get; init; }

    /// <summary>Patients whose prediction has the organ and whose reference has not.</summary>
    public int PatientsInvented { get; init; }

    /// <summary>How well its size is measured.</summary>
    public SizeScores? Size { get; init; }

    /// <summary>Each patient, by name.</summary>
    public IReadOnlyList<PatientScores> Patients { get; init; } = [];

    /// <summary>Confidence intervals of F1; null where they were not asked for.</summary>
    public F1Intervals? Intervals { get; init; }
}
