using OrganSeg.Imaging;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Export;

/// <summary>A case as two NIfTI volumes: its slices in the order of their numbers, one on the other.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Image">The slices as a <c>.nii.gz</c> file, in HU where the window is known.</param>
/// <param name="Labels">The label maps as a <c>.nii.gz</c> file.</param>
/// <param name="Note">What is to be known of its spacing; empty where that is as it was.</param>
internal sealed record CaseVolume(string Case, byte[] Image, byte[] Labels, string Note)
{
    /// <summary>The <see cref="Note"/> of slices that came without spacing.</summary>
    public const string SpacingNote = "spacing unknown, 1 mm is assumed";

    /// <summary>Reads a case and makes its volumes; it is in memory whole.</summary>
    public static async Task<CaseVolume> ReadAsync(
        DatasetCatalogue catalogue, DatasetManifest manifest, DatasetCase one, CancellationToken cancellationToken)
    {
        var samples = await catalogue.ReadAsync(manifest with { Cases = [one] }, split: null, cancellationToken).ToListAsync(cancellationToken);
        DatasetSample[] ordered = [.. samples
            .OrderBy(sample => SliceName.NumberOf(sample.Name) ?? long.MaxValue)
            .ThenBy(sample => sample.Name, StringComparer.Ordinal)];
        (double, double)? window = manifest.Preprocessing is { WindowLowHu: { } low, WindowHighHu: { } high } ? (low, high) : null;
        var (spacing, note) = SpacingOf(one, manifest.Size) is { } known ? (known, "") : ((1, 1, 1), SpacingNote);
        return new CaseVolume(
            one.Case,
            NiftiSlices.WriteGrey([.. ordered.Select(sample => sample.Image)], spacing, window, note),
            NiftiSlices.WriteLabels([.. ordered.Select(sample => sample.Labels)], spacing, note),
            note);
    }

    /// <summary>Distances of columns, rows and slices at network size, mm: the slice was padded to a square before it was resized.</summary>
    private static (double Columns, double Rows, double Slices)? SpacingOf(DatasetCase one, int size)
    {
        if (one.Geometry is not { } geometry)
        {
            return null;
        }

        var (width, height) = (one.Slices[0].SourceWidth * geometry.ColumnSpacingMm, one.Slices[0].SourceHeight * geometry.RowSpacingMm);
        var pixel = Math.Max(width, height) / size;
        return (pixel, pixel, geometry.SliceDistanceMm);
    }
}
