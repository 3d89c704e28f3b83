using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Similarity;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>
/// Finds evaluated slices that are nearly equal to slices a model may have learned from, whatever their cases are called. Hashes
/// find candidates, full-size images decide. In memory are the hashes, and one batch of images.
/// </summary>
internal sealed class NearDuplicateSearch(DatasetCatalogue datasets)
{
    private const int BatchBytes = 64 << 20;

    private static readonly string[] Splits = [DatasetSplit.Train, DatasetSplit.Validation, DatasetSplit.Test];

    /// <summary>Holds the evaluated side against the other sides of its dataset, and against other datasets the models learned from.</summary>
    /// <param name="manifest">The evaluated dataset.</param>
    /// <param name="split">The evaluated side.</param>
    /// <param name="models">The evaluated models.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<NearDuplicates> RunAsync(
        DatasetManifest manifest, string split, IReadOnlyList<ModelDocument> models, CancellationToken cancellationToken)
    {
        var notCompared = new List<string>();
        var sides = Splits.Where(side => side != split).Select(side => new ComparedSide(manifest, side)).ToList();
        sides.AddRange(await TrainingSidesAsync(manifest, models, notCompared, cancellationToken));
        sides.RemoveAll(side => !side.Manifest.Cases.Any(one => one.Slices.Any(slice => slice.Split == side.Split)));

        var evaluated = new SliceTable();
        await foreach (var sample in datasets.ReadAsync(manifest, split, cancellationToken))
        {
            evaluated.Add(0, sample);
        }

        var others = new SliceTable();
        for (var side = 0; side < sides.Count; side++)
        {
            await foreach (var sample in datasets.ReadAsync(sides[side].Manifest, sides[side].Split, cancellationToken))
            {
                others.Add(side, sample);
            }
        }

        var nearest = new NearestHashes(evaluated.Hashes);
        nearest.Compare(others.Hashes, firstOther: 0);
        var found = await CheckAsync(new ComparedSide(manifest, split), sides, evaluated, others, nearest, cancellationToken);
        return new NearDuplicates(
            evaluated.Slices.Count,
            others.Slices.Count,
            evaluated.WithoutContent + others.WithoutContent,
            [.. sides.Select(side => side.Title)],
            notCompared,
            SliceSimilarity.Threshold(manifest.Size),
            found.Count,
            [.. found.Select(pair => pair.Case).Distinct().Order(StringComparer.Ordinal)],
            [.. found.Select(pair => pair.OtherCase).Distinct().Order(StringComparer.Ordinal)],
            [.. found.OrderByDescending(pair => pair.Similarity).Take(NearDuplicates.MostPairs)]);
    }

    private async Task<IReadOnlyList<ComparedSide>> TrainingSidesAsync(
        DatasetManifest evaluated, IReadOnlyList<ModelDocument> models, List<string> notCompared, CancellationToken cancellationToken)
    {
        var sides = new List<ComparedSide>();
        var seen = new HashSet<string?>(StringComparer.Ordinal) { evaluated.Digest };
        foreach (var model in models.Where(model => model.Dataset is not null && seen.Add(model.DatasetDigest ?? model.Dataset)))
        {
            try
            {
                var manifest = await datasets.GetAsync(model.Dataset!, cancellationToken);
                if (model.DatasetDigest is { } digest && manifest.Digest != digest)
                {
                    notCompared.Add($"{model.Dataset}: the dataset of that name is another one than {model.Reference} learned from");
                }
                else if (manifest.Size != evaluated.Size)
                {
                    notCompared.Add($"{model.Dataset}: its slices are {manifest.Size}² pixels, the evaluated ones {evaluated.Size}²");
                }
                else
                {
                    sides.Add(new ComparedSide(manifest, DatasetSplit.Train));
                    sides.Add(new ComparedSide(manifest, DatasetSplit.Validation));
                }
            }
            catch (OrganSegException error) when (error.Kind is ErrorKind.Missing or ErrorKind.Corrupt or ErrorKind.Invalid)
            {
                notCompared.Add($"{model.Dataset}: {error.Message}");
            }
        }

        return sides;
    }

    /// <summary>Looks at the candidates in full size, a batch of images at a time.</summary>
    private async Task<List<NearDuplicatePair>> CheckAsync(
        ComparedSide evaluatedSide,
        List<ComparedSide> sides,
        SliceTable evaluated,
        SliceTable others,
        NearestHashes nearest,
        CancellationToken cancellationToken)
    {
        var size = evaluatedSide.Manifest.Size;
        var perBatch = Math.Max(1, BatchBytes / (size * size) / (1 + NearestHashes.Kept));
        var found = new List<NearDuplicatePair>();
        foreach (var batch in Enumerable.Range(0, nearest.Count).Where(row => nearest.Of(row).Any()).Chunk(perBatch))
        {
            var candidates = batch.SelectMany(nearest.Of).Select(candidate => others.Slices[candidate]).Distinct();
            var images = await ReadAsync(evaluatedSide, batch.Select(row => evaluated.Slices[row].Id), cancellationToken);
            var otherImages = new Dictionary<(int Side, SliceId Id), ByteImage>();
            foreach (var group in candidates.GroupBy(candidate => candidate.Side))
            {
                foreach (var (id, image) in await ReadAsync(sides[group.Key], group.Select(candidate => candidate.Id), cancellationToken))
                {
                    otherImages[(group.Key, id)] = image;
                }
            }

            found.AddRange(batch.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(row =>
            {
                var id = evaluated.Slices[row].Id;
                var best = nearest.Of(row)
                    .Select(candidate => others.Slices[candidate])
                    .Select(other => (Other: other, Similarity: SliceSimilarity.Of(images[id], otherImages[other])))
                    .MaxBy(pair => pair.Similarity);
                return new NearDuplicatePair(
                    id.Case,
                    id.Name,
                    sides[best.Other.Side].Manifest.Reference,
                    sides[best.Other.Side].Split,
                    best.Other.Id.Case,
                    best.Other.Id.Name,
                    best.Similarity);
            }).Where(pair => pair.Similarity >= SliceSimilarity.Threshold(size)));
        }

        return found;
    }

    /// <summary>Only those slices: shards without any of them are not read.</summary>
    private async Task<Dictionary<SliceId, ByteImage>> ReadAsync(
        ComparedSide side, IEnumerable<SliceId> wanted, CancellationToken cancellationToken)
    {
        var names = wanted.ToHashSet();
        var part = side.Manifest with
        {
            Cases =
            [
                .. side.Manifest.Cases.Select(one => one with
                {
                    Slices = [.. one.Slices.Where(slice => names.Contains(new SliceId(one.Case, slice.Name)))],
                }),
            ],
        };
        var images = new Dictionary<SliceId, ByteImage>();
        await foreach (var sample in datasets.ReadAsync(part, side.Split, cancellationToken))
        {
            images[new SliceId(sample.Case, sample.Name)] = sample.Image;
        }

        return images;
    }
}
