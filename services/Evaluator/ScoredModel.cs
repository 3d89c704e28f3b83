using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Evaluator.Statistics;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator;

/// <summary>A model, or predictions of other origin, with all that was counted.</summary>
/// <param name="Name">Model name, or <c>predictions</c>.</param>
/// <param name="Document">The evaluated version; null for predictions of other origin.</param>
/// <param name="Scorer">Its counts.</param>
/// <param name="Predictions">Its label maps, by slice.</param>
internal sealed record ScoredModel(string Name, ModelDocument? Document, Scorer Scorer, LabelArchive Predictions)
{
    /// <summary>The form of the model that answered; null for predictions of other origin.</summary>
    public string? Variant { get; set; }

    /// <summary>How sure it was and how right; null for predictions of other origin.</summary>
    public RegionCalibration? Calibration { get; set; }

    /// <summary>A curve for each perturbation; null where there was no sweep.</summary>
    public IReadOnlyList<RobustnessCurve>? Robustness { get; set; }

    public string Title => Document is null ? Name : $"{Document.Model}@{Document.Version}";
}
