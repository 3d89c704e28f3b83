using System.Runtime.CompilerServices;
using System.Text.Json;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Export;

/// <summary>
/// The raw layout of nnU-Net, version 2: cases of the train and validation sides in <c>imagesTr</c>, those of the test side in
/// <c>imagesTs</c>; <c>splits_final.json</c>, for nnU-Net's folder of preprocessed data, has the folds of the dataset, or its train
/// and validation sides as the only one.
/// </summary>
internal static class NnUnetExport
{
    private const string Ending = ".nii.gz";

    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true, NewLine = "\n" };

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: cases are on several sides.</exception>
    public static async IAsyncEnumerable<ExportedFile> ReadAsync(
        DatasetCatalogue catalogue, DatasetManifest manifest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sides = manifest.Cases.Select(SideOf).ToArray();
        if (sides.Contains(null))
        {
            throw OrganSegException.Invalid(
                "format",
                $"is nnU-Net's, which knows whole cases only, while {manifest.Reference} has cases on several sides; export PNG slices, or split by patient.");
        }

        foreach (var (one, side) in manifest.Cases.Zip(sides))
        {
            var volume = await CaseVolume.ReadAsync(catalogue, manifest, one, cancellationToken);
            var (name, folder) = (ExportNames.Of(one.Case), side == DatasetSplit.Test ? "Ts" : "Tr");
            yield return new ExportedFile($"images{folder}/{name}_0000{Ending}", volume.Image);
            yield return new ExportedFile($"labels{folder}/{name}{Ending}", volume.Labels);
        }

        var training = manifest.Cases.Zip(sides).Where(one => one.Second != DatasetSplit.Test).ToArray();
        yield return new ExportedFile("splits_final.json", JsonSerializer.SerializeToUtf8Bytes(Folds(manifest, training), Format));

        // Last, so that it stands for a whole export.
        yield return new ExportedFile("dataset.json", JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object?>
            {
                ["channel_names"] = new Dictionary<string, string> { ["0"] = "CT" },
                ["labels"] = manifest.LabelSchema.Classes.ToDictionary(one => one.Name, one => (int)one.Id),
                ["numTraining"] = training.Length,
                ["file_ending"] = Ending,
                ["name"] = manifest.Dataset,
                ["description"] = $"{manifest.Reference}, {manifest.Size} x {manifest.Size} pixels"
                    + (manifest.Cases.All(one => one.Geometry is not null) ? "" : $"; {CaseVolume.SpacingNote}"),
                ["licence"] = manifest.Notice ?? "",
            },
            Format));
    }

    /// <summary>The one side of a case, or null; train and validation are told apart by who has more slices.</summary>
    private static string? SideOf(DatasetCase one)
    {
        var sides = one.Slices.CountBy(slice => slice.Split).OrderByDescending(side => side.Value).Select(side => side.Key).ToArray();
        return sides.Length > 1 && sides.Contains(DatasetSplit.Test) ? null : sides[0];
    }

    private static IEnumerable<Dictionary<string, string[]>> Folds(DatasetManifest manifest, (DatasetCase Case, string? Side)[] training)
    {
        Dictionary<string, string[]> Fold(Func<(DatasetCase Case, string? Side), bool> validated) => new()
        {
            ["train"] = [.. training.Where(one => !validated(one)).Select(one => ExportNames.Of(one.Case.Case))],
            ["val"] = [.. training.Where(validated).Select(one => ExportNames.Of(one.Case.Case))],
        };
        return manifest.Split.Folds is { } folds
            ? Enumerable.Range(1, folds).Select(fold => Fold(one => one.Case.Fold == fold))
            : [Fold(one => one.Side == DatasetSplit.Validation)];
    }
}
