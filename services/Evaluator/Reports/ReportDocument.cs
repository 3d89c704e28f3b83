using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Honesty;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Reports;

/// <summary>The whole of <c>report.json</c>, schema 1. Undefined values are written as null, never left out.</summary>
internal sealed record ReportDocument
{
    public int Schema { get; init; } = 1;

    public required string ReportId { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required SoftwareInformation Software { get; init; }

    /// <summary>What was evaluated; null for label maps of other origin.</summary>
    public required DatasetInformation? Dataset { get; init; }

    public required IReadOnlyList<LabelClass> LabelSchema { get; init; }

    public required ReportCounts Counts { get; init; }

    public required AggregationTexts Aggregations { get; init; }

    /// <summary>What was chosen for the metrics, and in what distances and sizes are given.</summary>
    public required MeasureInformation Measures { get; init; }

    public required IReadOnlyList<ReportWarning> Warnings { get; init; }

    public required IReadOnlyList<ModelReport> Models { get; init; }

    public required IReadOnlyList<ReportFigure> Figures { get; init; }

    /// <summary>Every pair of models, compared on the same patients; empty for one model.</summary>
    public required IReadOnlyList<ModelPair> Comparisons { get; init; }

    /// <summary>How the sweep of perturbations was made; null where there was none.</summary>
    public RobustnessInformation? Robustness { get; init; }

    /// <summary>Evaluated slices that are on another side too; null for label maps of other origin.</summary>
    public NearDuplicates? NearDuplicates { get; init; }

    /// <summary>What became of the gate; null where none was given.</summary>
    public GateOutcome? Gate { get; init; }
}
