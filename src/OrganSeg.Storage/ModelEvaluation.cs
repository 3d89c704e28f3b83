using System.Text.Json.Serialization;

namespace OrganSeg.Storage;

/// <summary>What a model card tells of one evaluation.</summary>
public sealed record ModelEvaluation
{
    /// <summary>The report it is from.</summary>
    public required string ReportId { get; init; }

    /// <summary>When the report was written.</summary>
    public required DateTimeOffset EvaluatedAt { get; init; }

    /// <summary>Name and version of the software that wrote it.</summary>
    public required string Software { get; init; }

    /// <summary>The dataset, as <c>name@version</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>Digest of that dataset.</summary>
    public required string DatasetDigest { get; init; }

    /// <summary>The side of its split.</summary>
    public required string Split { get; init; }

    /// <summary>How it is split.</summary>
    public required string SplitPolicy { get; init; }

    /// <summary>Whether slices of one case are on more than one side.</summary>
    public required bool Leaky { get; init; }

    /// <summary>Evaluated slices.</summary>
    public required int Slices { get; init; }

    /// <summary>Their patients.</summary>
    public required int Patients { get; init; }

    /// <summary>Form of the model that answered, such as <c>float32</c>.</summary>
    public string? Variant { get; init; }

    /// <summary>Mean over the organs of F1 pooled over all pixels; null when undefined.</summary>
    public double? MeanF1 { get; init; }

    /// <summary>The organs in the order of the label schema.</summary>
    public required IReadOnlyList<OrganEvaluation> Organs { get; init; }

    /// <summary>Warnings that concern the model, serious ones first.</summary>
    public IReadOnlyList<EvaluationWarning> Warnings { get; init; } = [];

    /// <summary>Share of its unperturbed F1 below which an organ counts as broken; null where nothing was perturbed.</summary>
    public double? KeptShare { get; init; }

    /// <summary>Breaking points by perturbation and organ; none where nothing was perturbed.</summary>
    public IReadOnlyList<RobustnessLimit> Robustness { get; init; } = [];

    /// <summary>The same in one line.</summary>
    [JsonIgnore]
    public EvaluationSummary Summary => new(ReportId, EvaluatedAt, Dataset, Split, Variant, MeanF1);
}
