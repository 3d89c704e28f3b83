using FsCheck;
using FsCheck.Fluent;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class FoldSplitTests
{
    /// <summary>Datasets of 2 to 30 patients of 1 to 200 slices, a few of them in the test split, and folds that fit.</summary>
    private static readonly Arbitrary<(DatasetManifest Manifest, int Folds, ulong Seed)> Datasets = (
        from tests in Gen.Choose(0, 3)
        from counts in Gen.Choose(1, 200).ArrayOf().Where(counts => counts.Length is >= 2 and <= 30)
        from folds in Gen.Choose(2, counts.Length)
        from seed in Gen.Choose(0, 1000)
        select (Manifest([.. counts], tests), folds, (ulong)seed)).ToArbitrary();

    [Fact]
    public void View_AnyDataset_ValidatesEachPatientOnceAndTrainsOnAllOthers() => Prop.ForAll(Datasets, drawn =>
    {
        var (manifest, folds, seed) = drawn;
        var views = Enumerable.Range(1, folds).Select(fold => FoldSplit.View(manifest, folds, fold, seed)).ToList();
        var once = manifest.Cases.Select((one, i) => one.Slices[0].Split == "test"
            ? views.All(view => view.Cases[i].Slices.All(slice => slice.Split == "test"))
            : views.Count(view => view.Cases[i].Slices.All(slice => slice.Split == "validation")) == 1
                && views.Count(view => view.Cases[i].Slices.All(slice => slice.Split == "train")) == folds - 1);
        return once.All(so => so)
            && views.All(view => Slices(view, "validation") > 0 && Slices(view, "train") > 0)
            && views.All(view => view.Digest == manifest.Digest && !view.Split.Leaky);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Assign_AnyDataset_FollowsFromTheSeedAndIsBalanced() => Prop.ForAll(Datasets, drawn =>
    {
        var (manifest, folds, seed) = drawn;
        var assigned = FoldSplit.Assign(manifest, folds, seed);
        int[] sizes = [.. Enumerable.Range(1, folds).Select(fold => manifest.Cases.Where((_, i) => assigned[i] == fold).Sum(one => one.Slices.Count))];

        // Whoever came last into the fullest fold came when it was the emptiest one.
        var largest = manifest.Cases.Where(one => one.Slices[0].Split != "test").Max(one => one.Slices.Count);
        return assigned.SequenceEqual(FoldSplit.Assign(manifest, folds, seed)) && sizes.Max() - sizes.Min() <= largest;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Assign_OtherSeed_DividesOtherwise()
    {
        var manifest = Manifest([.. Enumerable.Repeat(10, 20)], 0);

        Assert.NotEqual(FoldSplit.Assign(manifest, 4, 1), FoldSplit.Assign(manifest, 4, 2));
    }

    [Fact]
    public void Assign_SealedWithAsManyFolds_TakesThoseOfTheDataset()
    {
        var drawn = Manifest([10, 20, 30, 40], 1);
        int?[] folds = [2, 2, 1, 3, null];
        var manifest = drawn with
        {
            Split = drawn.Split with { Folds = 3 },
            Cases = [.. drawn.Cases.Select((one, i) => one with { Fold = folds[i] })],
        };

        Assert.Equal([2, 2, 1, 3, 0], FoldSplit.Assign(manifest, 3, seed: 8));
        Assert.Equal(FoldSplit.Assign(drawn, 2, seed: 8), FoldSplit.Assign(manifest, 2, seed: 8));
    }

    [Fact]
    public void View_SealedInSpiteOfNearDuplicates_StaysLeaky()
    {
        var drawn = Manifest([10, 20], 0);

        Assert.False(FoldSplit.View(drawn, 2, 1, 0).Split.Leaky);
        Assert.True(FoldSplit.View(
            drawn with { Split = drawn.Split with { Leaky = true, NearDuplicates = 3, LeakageOverride = "3 slices." } }, 2, 1, 0).Split.Leaky);
    }

    [Fact]
    public void View_PatientWithASeriesInTheTestSplit_StaysLeaky()
    {
        var drawn = Manifest([10, 20], 1);
        var shared = drawn with { Cases = [.. drawn.Cases.Select(one => one.Case is "p0" or "t0" ? one with { Patient = "one" } : one)] };

        Assert.False(FoldSplit.View(drawn, 2, 1, 0).Split.Leaky);
        Assert.True(FoldSplit.View(shared, 2, 1, 0).Split.Leaky);
    }

    [Fact]
    public void Assign_FewerPatientsThanFolds_NamesTheField()
    {
        var error = Assert.Throws<OrganSegException>(() => FoldSplit.Assign(Manifest([5, 5], 3), 3, 1));

        Assert.Equal("settings.folds", Assert.Single(error.Violations).Field);
        Assert.Contains("has 2", error.Message, StringComparison.Ordinal);
    }

    private static int Slices(DatasetManifest manifest, string split) =>
        manifest.Cases.SelectMany(one => one.Slices).Count(slice => slice.Split == split);

    private static DatasetManifest Manifest(int[] counts, int tests) => new()
    {
        Dataset = "drawn",
        Version = "1",
        Digest = "d",
        SealedAt = DateTimeOffset.UnixEpoch,
        Size = TinyData.Size,
        LabelSchema = LabelSchema.Abdomen,
        Preprocessing = new PreprocessingRecipe { Size = TinyData.Size },
        Split = new DatasetSplit { Policy = "patient", Leaky = false },
        Cases =
        [
            .. counts.Select((count, i) => Case($"p{i}", count, i % 3 == 0 ? "validation" : "train")),
            .. Enumerable.Range(0, tests).Select(i => Case($"t{i}", 3, "test")),
        ],
    };

    private static DatasetCase Case(string name, int slices, string split) => new()
    {
        Case = name,
        Shard = $"shards/{name}.tar",
        Sha256 = "",
        Bytes = 0,
        Slices = [.. Enumerable.Range(0, slices).Select(i => new DatasetSlice
        {
            Name = $"{name}_slice{i}",
            Split = split,
            SourceWidth = TinyData.Size,
            SourceHeight = TinyData.Size,
            Negative = false,
            Pixels = new Dictionary<string, long>(),
        })],
    };
}
