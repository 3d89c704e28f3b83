using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>One model's numbers.</summary>
/// <param name="Model">Name, or <c>predictions</c> for label maps of other origin.</param>
/// <param name="Version">Version, or null.</param>
/// <param name="Digest">Digest of <c>model.json</c>, or null.</param>
/// <param name="Architecture">Such as <c>organsegnet</c>, or null.</param>
/// <param name="TrainedOn"><c>name@version</c> of its training dataset, or null.</param>
/// <param name="Organs">In the order of the label schema, without background.</param>
/// <param name="MeanF1">Mean F1 over the organs, under each aggregation.</param>
/// <param name="ConfusionMatrix">All pixels.</param>
internal sealed record ModelReport(
    string Model,
    string? Version,
    string? Digest,
    string? Architecture,
    string? TrainedOn,
    IReadOnlyList<OrganScores> Organs,
    MeanF1OverOrgans MeanF1,
    ConfusionReport ConfusionMatrix)
{
    /// <summary>The form of the model that answered, such as <c>float32</c> or <c>int8</c>, or null.</summary>
    public string? Variant { get; init; }

    /// <summary>How far confidence is from accuracy, region by region; null for predictions of other origin.</summary>
    public IReadOnlyList<OrganReliability>? Calibration { get; init; }

    /// <summary>A curve for each perturbation; null where there was no sweep.</summary>
    public IReadOnlyList<RobustnessCurve>? Robustness { get; init; }

    /// <summary>How a person names it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string Title => (Version is null ? Model : $"{Model}@{Version}") + (Variant is null or "" or "float32" ? "" : $" ({Variant})");
}
