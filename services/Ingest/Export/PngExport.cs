using System.Runtime.CompilerServices;
using System.Text;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Export;

/// <summary>
/// Folders of PNG slices and <c>split.csv</c>: an import of them, split by that table and at the same size, has the same slices.
/// </summary>
internal static class PngExport
{
    public static async IAsyncEnumerable<ExportedFile> ReadAsync(
        DatasetCatalogue catalogue, DatasetManifest manifest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var table = new StringBuilder("file,case,split,fold\n");
        foreach (var one in manifest.Cases)
        {
            var slices = one.Slices.ToDictionary(slice => slice.Name, StringComparer.Ordinal);
            await foreach (var sample in catalogue.ReadAsync(manifest with { Cases = [one] }, split: null, cancellationToken))
            {
                var slice = slices[sample.Name];
                var file = $"{ExportNames.Of(sample.Name)}.png";
                table.Append($"{ExportNames.Csv(file)},{ExportNames.Csv(one.Case)},{slice.Split},{one.Fold}\n");
                if (slice.Negative)
                {
                    yield return new ExportedFile($"negatives/{file}", Png.WriteGrey(sample.Image));
                }
                else
                {
                    yield return new ExportedFile($"images/{file}", Png.WriteGrey(sample.Image));
                    yield return new ExportedFile($"labels/{file}", Png.WriteGrey(sample.Labels));
                }
            }
        }

        yield return new ExportedFile("split.csv", Encoding.UTF8.GetBytes(table.ToString()));
    }
}
