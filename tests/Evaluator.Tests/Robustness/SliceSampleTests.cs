using OrganSeg.Evaluator.Robustness;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Tests.Robustness;

public sealed class SliceSampleTests
{
    // Dealt out in turn: a b c a c a. Middles of equal parts: of 5 slices in 3 parts 0, 2, 4; of 4 in 2 parts 1, 3.
    [Fact]
    public void Of_FewerSlicesThanThereAre_EvenlyOverPatientsAndWithinThem() =>
        Assert.Equal("a0 a2 a4 b0 c1 c3", Chosen(6));

    // Three patients in two parts: the first and the third, each with its middle slice.
    [Fact]
    public void Of_FewerSlicesThanPatients_SomePatientsGiveTheirMiddle() => Assert.Equal("a2 c2", Chosen(2));

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(99)]
    public void Of_EnoughForAll_AllOfTheSplit(int most) => Assert.Equal("a0 a1 a2 a3 a4 b0 c0 c1 c2 c3", Chosen(most));

    private static string Chosen(int most) => string.Join(
        ' ', SliceSample.Of(Manifest(), "test", most).Cases.SelectMany(one => one.Slices).Select(slice => slice.Name));

    private static DatasetManifest Manifest() => new()
    {
        Dataset = "toy",
        Version = "1",
        Digest = "",
        SealedAt = DateTimeOffset.UnixEpoch,
        Size = 16,
        LabelSchema = LabelSchema.Abdomen,
        Preprocessing = new PreprocessingRecipe { Size = 16 },
        Split = new DatasetSplit { Policy = "patient", Leaky = false },
        Cases = [Case("a", 5, "test"), Case("b", 1, "test"), Case("c", 4, "test"), Case("d", 3, "train")],
    };

    private static DatasetCase Case(string name, int slices, string split) => new()
    {
        Case = name,
        Shard = "",
        Sha256 = "",
        Bytes = 0,
        Slices = [.. Enumerable.Range(0, slices).Select(i => new DatasetSlice
        {
            Name = $"{name}{i}",
            Split = split,
            SourceWidth = 16,
            SourceHeight = 16,
            Negative = false,
            Pixels = new Dictionary<string, long>(),
        })],
    };
}
