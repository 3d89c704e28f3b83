using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary>How datasets are shown.</summary>
internal static class DatasetView
{
    private const int MostExamples = 3;

    public static void Show(Output output, Dataset dataset)
    {
        output.Line($"{dataset.Name}@{dataset.Version}  {dataset.Size} x {dataset.Size}  split by {dataset.SplitPolicy}  sealed {When(dataset)}");
        output.Line($"digest {dataset.Digest}");
        if (dataset.Leaky)
        {
            output.Warning(dataset.LeakageOverride.Length > 0
                ? $"sealed although the split leaks; scores will flatter the model. {dataset.LeakageOverride}"
                : "slices of one case are on more than one side of the split; scores will flatter the model"
                    + (dataset.NearDuplicates > 0 ? $" ({dataset.NearDuplicates} slices are nearly equal to one on another side)" : ""));
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
        if (dataset.Folds.Count > 0)
        {
            output.Table(
                ["fold", " cases", " slices", .. organs.Select(organ => $" with {organ}")],
                dataset.Folds.Select(fold => (IReadOnlyList<string>)
                [
                    $"{fold.Fold}",
                    $"{fold.Cases}",
                    $"{fold.Slices}",
                    .. organs.Select(organ => $"{fold.SlicesWith.GetValueOrDefault(organ)}"),
                ]));
        }
    }

    /// <summary>What the quality report points out.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="dataset">The version.</param>
    /// <param name="findings">Null when there is no report.</param>
    public static void Show(Output output, Dataset dataset, IReadOnlyList<QualityFinding>? findings)
    {
        if (findings is null)
        {
            output.Line("no quality report: sealed before there were any");
            return;
        }

        foreach (var finding in findings)
        {
            var examples = finding.Examples.Count == 0 ? ""
                : $" ({finding.Count}: {string.Join("; ", finding.Examples.Take(MostExamples))}{(finding.Count > MostExamples ? "; …" : "")})";
            if (finding.IsWarning)
            {
                output.Warning($"{finding.Code}: {finding.Message}{examples}");
            }
            else
            {
                output.Note($"note: {finding.Code}: {finding.Message}{examples}");
            }
        }

        output.Line($"quality: {findings.Count(finding => finding.IsWarning)} warnings, {findings.Count(finding => !finding.IsWarning)} notes; "
            + $"'organseg datasets quality {dataset.Name}@{dataset.Version} --output DIR' writes the report");
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

    public static object Json(Dataset dataset) => Json(dataset, findings: null);

    /// <summary>A dataset as JSON.</summary>
    /// <param name="dataset">The version.</param>
    /// <param name="findings">What its quality report points out; null where that is not known.</param>
    public static object Json(Dataset dataset, IReadOnlyList<QualityFinding>? findings) => new
    {
        dataset.Name,
        dataset.Version,
        dataset.Digest,
        SealedAt = dataset.SealedAt?.ToDateTimeOffset(),
        dataset.Size,
        LabelSchema = dataset.LabelSchema.Select(c => new { c.Id, c.Name }),
        dataset.SplitPolicy,
        dataset.Leaky,
        dataset.NearDuplicates,
        LeakageOverride = dataset.LeakageOverride.Length > 0 ? dataset.LeakageOverride : null,
        Notice = dataset.Notice.Length > 0 ? dataset.Notice : null,
        Warnings = dataset.Warnings.Count > 0 ? dataset.Warnings.ToList() : null,
        Splits = dataset.Splits.Select(s => new { s.Split, s.Cases, s.Slices, SlicesWith = s.SlicesWith.ToDictionary() }),
        Folds = dataset.Folds.Select(f => new { f.Fold, f.Cases, f.Slices, SlicesWith = f.SlicesWith.ToDictionary() }),
        Quality = findings,
    };

    private static string Slices(Dataset dataset, string split) =>
        $"{dataset.Splits.FirstOrDefault(s => s.Split == split)?.Slices ?? 0}";

    private static string When(Dataset dataset) => Format.Time(dataset.SealedAt);
}
