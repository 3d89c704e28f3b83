using OrganSeg.Inference.Tests.Support;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Volumes segmented by probabilities: confidence, overlap, test-time augmentation.</summary>
public sealed class SoftVolumeTests
{
    private const int Side = 32;

    private static readonly double[] Affine = [-1, 0, 0, 0, 0, -1, 0, 0, 0, 0, 2, 0];

    // Slices all of one class, 1 1 0 1 1. With an overlap of 2 the weights are 1 2 3 2 1: class 1 has 6 of 9 in the middle, so
    // the gap closes. With 1 they are 1 2 1: each class has one half, and the lower id wins.
    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    [InlineData(4, 1)]
    public async Task SegmentVolume_Overlap_AveragesNeighbours(uint overlap, int middle)
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), Side);

        var (_, file) = await VolumeCalls.SegmentAsync(
            fixture, Uniform(1, 1, 0, 1, 1), new VolumeOptions { Model = "grey", Overlap = overlap, Confidence = true });

        Assert.Equal([1, 1, middle, 1, 1], Enumerable.Range(0, 5).Select(slice => (int)file[^((5 - slice) * Side * Side)]));
        Assert.All(Enumerable.Range(0, 5), slice => Assert.Single(Slice(file, 5, slice).Distinct()));
    }

    // With an overlap of 2 the probability of class 1 in the five slices is 5/6, 6/8, 6/9, 6/8 and 5/6.
    [Fact]
    public async Task SegmentVolume_OverlapAndConfidence_IsTheMeanOfWhatWasBlended()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), Side);

        var (result, _) = await VolumeCalls.SegmentAsync(
            fixture, Uniform(1, 1, 0, 1, 1), new VolumeOptions { Model = "grey", Overlap = 2, Confidence = true });

        Assert.Equal(((2 * 5 / 6.0) + (2 * 6 / 8.0) + (6 / 9.0)) / 5, result.Organs[0].Confidence, 1e-6);
        Assert.All(result.Organs.Skip(1), organ => Assert.False(organ.HasConfidence));
    }

    [Fact]
    public async Task SegmentVolume_Confidence_ChangesNoLabel()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), Side);
        var file = OneSided();

        var (plain, expected) = await VolumeCalls.SegmentAsync(fixture, file, new VolumeOptions { Model = "grey" });
        var (result, labels) = await VolumeCalls.SegmentAsync(fixture, file, new VolumeOptions { Model = "grey", Confidence = true });

        Assert.Equal(expected, labels);
        Assert.False(plain.Organs[0].HasConfidence);
        Assert.Equal(1, result.Organs[0].Confidence, 1e-6);
    }

    [Fact]
    public async Task SegmentVolume_TestTimeAugmentation_KeepsSidesAndAlmostEveryVoxel()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), Side);
        var file = OneSided();

        var (plain, expected) = await VolumeCalls.SegmentAsync(fixture, file, new VolumeOptions { Model = "grey" });
        var (result, labels) = await VolumeCalls.SegmentAsync(
            fixture, file, new VolumeOptions { Model = "grey", TestTimeAugmentation = true, Confidence = true });

        // Views blur edges: where they disagree the probability is below 1, and few voxels may change.
        Assert.InRange(Dice(Slice(expected, 3, 1), Slice(labels, 3, 1)), 0.9, 1);
        Assert.InRange(result.Organs[0].Confidence, 0.7, 0.999);
        Assert.Equal(plain.Organs.Count, result.Organs.Count);
    }

    [Fact]
    public async Task SegmentVolume_OverlapTooLarge_NamesTheField()
    {
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx(), Side);

        var error = await Fixture.FailureAsync(() => VolumeCalls.SegmentAsync(
            fixture, Uniform(1), new VolumeOptions { Model = "grey", Overlap = 5 }));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal("options.overlap", Assert.Single(error.Violations).Field);
    }

    [Fact]
    public async Task SegmentVolume_SoftAndDamaged_NothingIsLeftBehind()
    {
        await using var fixture = await Fixture.StartAsync(("MaxVolumes", "1"));
        await fixture.PublishAsync("grey", GreyModel.Onnx(), Side);
        var options = new VolumeOptions { Model = "grey", Overlap = 1 };

        await Fixture.FailureAsync(() => VolumeCalls.SegmentAsync(fixture, Uniform(1, 1)[..^5], options));

        // The only place is free again at once.
        Assert.Equal(2 * Side * Side, (await VolumeCalls.SegmentAsync(fixture, Uniform(1, 1), options)).Result.Organs[0].Voxels);
    }

    private static byte[] Uniform(params int[] labels) => NiftiFile.Write(
        [Side, Side, labels.Length], Affine, [.. labels.SelectMany(label => Enumerable.Repeat(Hu(label), Side * Side))]);

    /// <summary>A box of class 1 at one side and a bar of class 2 at the other.</summary>
    private static byte[] OneSided()
    {
        var voxels = Enumerable.Repeat(Hu(0), 3 * Side * Side).ToArray();
        for (var row = 6; row < 26; row++)
        {
            for (var slice = 0; slice < 3; slice++)
            {
                voxels.AsSpan((slice * Side * Side) + (row * Side) + 4, 12).Fill(Hu(1));
                voxels.AsSpan((slice * Side * Side) + (row * Side) + 22, 4).Fill(Hu(2));
            }
        }

        return NiftiFile.Write([Side, Side, 3], Affine, voxels);
    }

    private static byte[] Slice(byte[] file, int slices, int slice) =>
        file.AsSpan(file.Length - ((slices - slice) * Side * Side), Side * Side).ToArray();

    private static double Dice(byte[] left, byte[] right) =>
        2.0 * left.Zip(right).Count(pair => pair is (1, 1)) / (left.Count(label => label == 1) + right.Count(label => label == 1));

    /// <summary>What the window −125…275 shows as the grey value of a class.</summary>
    private static short Hu(int label) => (short)Math.Round((label * GreyModel.GreyPerClass * 400 / 255.0) - 125);
}
