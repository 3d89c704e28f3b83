using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary>How datasets are shown.</summary>
internal static class DatasetView
{
    public static void Show(Output output, Dataset dataset)
    {
        output.Line($"{dataset.Name}@{dataset.Version}  {dataset.Size} x {dataset.Size}  split by {dataset.SplitPolicy}  sealed {When(dataset)}");
        output.Line($"digest {dataset.Digest}");
        if (dataset.Leaky)
        {
            output.Warning("slices of one case are on more than one side of the split; scores will flatter the model");
        }

        foreach (var warning in dataset.Warnings)
        {
            output.Warning(warning);
        }

        var organs = dataset.LabelSchema.Where(c => c.Id != 0).Select(c => c.Name).ToList();
        output.Table(
            ["split", " cases", " slices", .. organs.Select(organ => $" with {organ}")],
            dataset.Splits.Select(split => (IReadOnlyList<string>)
            [
                split.Split,
                $"{split.Cases}",
                $"{split.Slices}",
                .. organs.Select(organ => $"{split.SlicesWith.GetValueOrDefault(organ)}"),
            ]));
    }

    public static void Show(Output output, IEnumerable<Dataset> datasets) => output.Table(
        ["dataset", " size", "split by", " train", " validation", " test", "sealed"],
        datasets.Select(dataset => (IReadOnlyList<string>)
        [
            $"{dataset.Name}@{dataset.Version}",
            $"{dataset.Size}",
            dataset.Leaky ? $"{dataset.SplitPolicy} (leaky)" : dataset.SplitPolicy,
            Slices(dataset, "train"),
            Slices(dataset, "validation"),
            Slices(dataset, "test"),
            When(dataset),
        ]));

    public static object Json(Dataset dataset) => new
    {
        dataset.Name,
        dataset.Version,
        dataset.Digest,
        SealedAt = dataset.SealedAt?.ToDateTimeOffset(),
        dataset.Size,
        LabelSchema = dataset.LabelSchema.Select(c => new { c.Id, c.Name }),
        dataset.SplitPolicy,
        dataset.Leaky,
        Notice = dataset.Notice.Length > 0 ? dataset.Notice : null,
        Warnings = dataset.Warnings.Count > 0 ? dataset.Warnings.ToList() : null,
        Splits = dataset.Splits.Select(s => new { s.Split, s.Cases, s.Slices, SlicesWith = s.SlicesWith.ToDictionary() }),
    };

    private static string Slices(Dataset dataset, string split) =>
        $"{dataset.Splits.FirstOrDefault(s => s.Split == split)?.Slices ?? 0}";

    private static string When(Dataset dataset) => Format.Time(dataset.SealedAt);
}
