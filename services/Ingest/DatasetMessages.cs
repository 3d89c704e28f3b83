using Google.Protobuf.WellKnownTypes;
using OrganSeg.Ingest.Splits;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Ingest;

/// <summary>Manifests as clients see them.</summary>
internal static class DatasetMessages
{
    public static Dataset ToMessage(this DatasetManifest manifest)
    {
        var message = new Dataset
        {
            Name = manifest.Dataset,
            Version = manifest.Version,
            Digest = manifest.Digest,
            SealedAt = Timestamp.FromDateTimeOffset(manifest.SealedAt),
            Size = (uint)manifest.Size,
            SplitPolicy = manifest.Split.Policy,
            Leaky = manifest.Split.Leaky,
            Notice = manifest.Notice ?? "",
            NearDuplicates = (uint)(manifest.Split.NearDuplicates ?? 0),
            LeakageOverride = manifest.Split.LeakageOverride ?? "",
        };
        message.LabelSchema.AddRange(manifest.LabelSchema.Classes.Select(
            labelClass => new LabelClass { Id = labelClass.Id, Name = labelClass.Name }));
        message.Warnings.AddRange(manifest.Cases.SelectMany(one => (one.Warnings ?? []).Select(warning => $"{one.Case}: {warning}")));
        message.Splits.AddRange(SplitNames.Splits
            .Select(split => Summarise(manifest, split))
            .Where(summary => summary.Slices > 0));
        message.Folds.AddRange(Enumerable.Range(1, manifest.Split.Folds ?? 0).Select(fold => SummariseFold(manifest, fold)));
        return message;
    }

    private static FoldSummary SummariseFold(DatasetManifest manifest, int fold)
    {
        var cases = manifest.Cases.Where(one => one.Fold == fold).ToArray();
        var slices = cases.SelectMany(one => one.Slices).Where(slice => slice.Split != DatasetSplit.Test).ToArray();
        var summary = new FoldSummary { Fold = (uint)fold, Cases = (uint)cases.Length, Slices = (uint)slices.Length };
        foreach (var organ in manifest.LabelSchema.Organs)
        {
            summary.SlicesWith[organ.Name] = (uint)slices.Count(slice => slice.Pixels.ContainsKey(organ.Name));
        }

        return summary;
    }

    private static SplitSummary Summarise(DatasetManifest manifest, string split)
    {
        var summary = new SplitSummary { Split = split };
        foreach (var one in manifest.Cases)
        {
            var slices = one.Slices.Where(slice => slice.Split == split).ToArray();
            summary.Cases += slices.Length > 0 ? 1u : 0u;
            summary.Slices += (uint)slices.Length;
            foreach (var organ in manifest.LabelSchema.Organs)
            {
                summary.SlicesWith.TryGetValue(organ.Name, out var before);
                summary.SlicesWith[organ.Name] = before + (uint)slices.Count(slice => slice.Pixels.ContainsKey(organ.Name));
            }
        }

        return summary;
    }
}
