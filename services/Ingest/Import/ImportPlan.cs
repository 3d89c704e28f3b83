using OrganSeg.Imaging;
using OrganSeg.Ingest.Splits;

namespace OrganSeg.Ingest.Import;

/// <summary>What an import shall make, checked.</summary>
internal sealed record ImportPlan
{
    public required string Dataset { get; init; }

    public required LabelSchema LabelSchema { get; init; }

    public required PreprocessingRecipe Preprocessing { get; init; }

    public required LabelMapping LabelMapping { get; init; }

    public required SplitPlan Split { get; init; }

    /// <summary>Terms and credits of the data; null where none were given.</summary>
    public string? Notice { get; init; }
}
