using System.Runtime.CompilerServices;
using System.Text;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Export;

/// <summary>Two NIfTI volumes a case, and <c>cases.csv</c> with the sides they are on.</summary>
internal static class NiftiExport
{
    public static async IAsyncEnumerable<ExportedFile> ReadAsync(
        DatasetCatalogue catalogue, DatasetManifest manifest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var table = new StringBuilder("case,file,split,fold,slices,note\n");
        foreach (var one in manifest.Cases)
        {
            var volume = await CaseVolume.ReadAsync(catalogue, manifest, one, cancellationToken);
            var file = $"{ExportNames.Of(one.Case)}.nii.gz";
            var sides = string.Join('+', one.Slices.Select(slice => slice.Split).Distinct());
            table.Append($"{ExportNames.Csv(one.Case)},{ExportNames.Csv(file)},{sides},{one.Fold},{one.Slices.Count},\"{volume.Note}\"\n");
            yield return new ExportedFile($"images/{file}", volume.Image);
            yield return new ExportedFile($"labels/{file}", volume.Labels);
        }

        yield return new ExportedFile("cases.csv", Encoding.UTF8.GetBytes(table.ToString()));
    }
}
