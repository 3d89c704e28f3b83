using OrganSeg.Imaging;
using OrganSeg.Ingest.DicomWeb;
using OrganSeg.Ingest.Splits;

namespace OrganSeg.Ingest.Import;

/// <summary>What an import shall make, checked.</summary>
internal sealed record ImportPlan
{
    public required string Dataset { get; init; }

    public required LabelSchema LabelSchema { get; init; }

    /// <summary>The recipe of slices that are windowed already.</summary>
    public required PreprocessingRecipe Preprocessing { get; init; }

    /// <summary>HU shown as grey 0, of volumes.</summary>
    public required double WindowLowHu { get; init; }

    /// <summary>HU shown as grey 255, of volumes.</summary>
    public required double WindowHighHu { get; init; }

    /// <summary>HU of the value 0 in PNG slices of 16 bits; null refuses those.</summary>
    public double? PngZeroHu { get; init; }

    /// <summary>Whether DICOM with annotations burned into its pixels is taken.</summary>
    public bool AllowBurnedIn { get; init; }

    /// <summary>Whether names of cases become pseudonyms, as those of DICOM series always do.</summary>
    public bool Pseudonymous { get; init; }

    public required LabelMapping LabelMapping { get; init; }

    public required SplitPlan Split { get; init; }

    /// <summary>Series to fetch, beside what is sent.</summary>
    public IReadOnlyList<DicomWebQuery> DicomWeb { get; init; } = [];

    /// <summary>Terms and credits of the data; null where none were given.</summary>
    public string? Notice { get; init; }
}
