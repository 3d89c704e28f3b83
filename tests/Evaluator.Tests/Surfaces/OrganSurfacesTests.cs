using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Tests.Surfaces;

/// <summary>Small cases whose numbers are computed by hand; the arithmetic stands beside them.</summary>
public sealed class OrganSurfacesTests
{
    private const double Exact = 1e-12;

    private static readonly double Root2 = Math.Sqrt(2);

    [Fact]
    public void Measure_InNeitherMap_NothingIsDefined()
    {
        var scores = Image("0000", "0000");

        Assert.Null(scores.Nsd);
        Assert.Equal(new DistanceScores(), scores.Distances);
    }

    // A pixel's outline runs across its four corners: 4 · √2/2.
    [Fact]
    public void Measure_InOneMap_SurfaceDiceIs0AndThereIsNoDistance()
    {
        var missed = Image("0100", "0000");
        var invented = Image("0000", "0100");

        Assert.Equal((0, 0), (missed.Nsd, invented.Nsd));
        Assert.Equal(2 * Root2, missed.ReferenceSurface, Exact);
        Assert.Equal(2 * Root2, invented.PredictionSurface, Exact);
        Assert.Equal(new DistanceScores(), missed.Distances);
    }

    [Fact]
    public void Measure_IdenticalMasks_SurfaceDiceIs1AndDistancesAre0()
    {
        var scores = Image("0110", "0110");

        Assert.Equal(1, scores.Nsd);
        Assert.Equal((0, 0, 0, 0), (scores.Distances.Hd, scores.Distances.Hd95, scores.Distances.Hd95Medpy, scores.Distances.Assd));
    }

    // A row of two pixels at the border of the image, and one column further. Corners at columns 0, 1, 2 and at 1, 2, 3, above
    // and below: the ends carry √2/2, the middle 1. Of each, one end is 1 away from the other, the rest touches it.
    [Fact]
    public void Measure_RowTouchingTheBorder_CountsItsEnd()
    {
        var scores = Image("1100", "0110", tolerance: 0.5);

        Assert.Equal((1 + (Root2 / 2)) / (1 + Root2), scores.Nsd!.Value, Exact);
        Assert.Equal(1, scores.Distances.Hd);
        Assert.Equal(1, scores.Distances.Hd95);
        Assert.Equal(Root2 / 2 / (1 + Root2), scores.Distances.Assd!.Value, Exact);
        // Border voxels: each has one at 0 and one at 1 from the other; the 95th percentile of 0, 0, 1, 1.
        Assert.Equal(1, scores.Distances.Hd95Medpy!.Value, Exact);
    }

    // Two voxels three columns of 2 mm apart. Corners: columns 0, 1 and 3, 4; half of each surface is 4 mm away, half 6 mm.
    [Fact]
    public void Measure_SingleVoxels_AnisotropicDistances()
    {
        var scores = Volume(4, "1000", "0001", new GridSpacing(2, 1, 1), tolerance: 4);

        // A corner of one voxel carries a triangle with normal (1, 1, 1)/8 at unit spacing; here (1, 2, 2)/8 = 3/8.
        Assert.Equal(8 * 3.0 / 8, scores.ReferenceSurface, Exact);
        Assert.Equal(0.5, scores.Nsd!.Value, Exact);
        Assert.Equal((6, 6, 6), (scores.Distances.Hd, scores.Distances.Hd95, scores.Distances.Hd95Medpy));
        Assert.Equal(5, scores.Distances.Assd!.Value, Exact);
        Assert.Equal((5, 5), (scores.Distances.ReferenceToPrediction!.Value, scores.Distances.PredictionToReference!.Value));
    }

    // Flat sides carry the area of a voxel's face at each inner corner; edges 2·√(2)/4 of it, corners √3/8.
    [Fact]
    public void OfVolume_Cuboid_FacesEdgesAndCorners()
    {
        const int Side = 5;
        var planes = Enumerable.Range(0, Side).Select(_ => Enumerable.Repeat((byte)1, Side * Side).ToArray()).ToArray();
        var grid = new LabelGrid(Side, Side, planes, isPlanar: false);

        var surface = Measure(grid, grid, GridSpacing.Unit, 0).ReferenceSurface;

        Assert.Equal((6 * 16) + (12 * 4 * Root2 / 2) + (8 * Math.Sqrt(3) / 8), surface, 1e-10);
    }

    // Values of the surface-distance package of Nikolov et al. for spacing (plane, row, column) = (1.5, 0.7, 0.9).
    [Theory]
    [InlineData(0b0000_0001, SingleCorner)]
    [InlineData(0b0110_1001, 4 * SingleCorner)]
    [InlineData(0b0000_1111, 2 * 0.5 * 0.7 * 0.9)]
    [InlineData(0b0101_0101, 2 * 0.5 * 1.5 * 0.7)]
    [InlineData(0b0011_0011, 2 * 0.5 * 1.5 * 0.9)]
    [InlineData(0b1111_1110, SingleCorner)]
    public void OfVolume_AnisotropicSpacing_IsThePackages(int code, double area) =>
        Assert.Equal(area, SurfelAreas.OfVolume(new GridSpacing(0.9, 0.7, 1.5))[code], 1e-9);

    [Fact]
    public void OfVolume_AllPatterns_OnlyTheTwoFlatOnesCarryNothing() => Assert.Equal(
        [0, 255],
        SurfelAreas.OfVolume(GridSpacing.Unit).Index().Where(pattern => pattern.Item == 0).Select(pattern => pattern.Index));

    [Fact]
    public void Measure_AnyNumberOfCores_SameNumbers()
    {
        var random = new Random(5);
        LabelGrid Draw() => new(90, 80, [.. Enumerable.Range(0, 40).Select(_ => Array.ConvertAll(new byte[90 * 80], _ => (byte)random.Next(2)))], false);
        var (reference, prediction) = (Draw(), Draw());
        var settings = new SurfaceSettings(new GridSpacing(0.7, 0.8, 2.5), 1);

        MapScores Score(int cores) => MapScores.Of(reference, prediction, 2, settings, new SurfaceWorkspace(), new Concurrency(cores));

        Assert.Equal(Score(1).Surfaces[0], Score(2).Surfaces[0]);
        Assert.Equal(Score(1).Surfaces[0], Score(7).Surfaces[0]);
    }

    // √((0.7·0.9)² + (1.5·0.9)² + (1.5·0.7)²) / 8
    private const double SingleCorner = 0.22782600268626055;

    private static SurfaceScores Image(string reference, string prediction, double tolerance = 0) => Measure(
        LabelGrid.Of(Labels(reference)), LabelGrid.Of(Labels(prediction)), GridSpacing.Unit, tolerance);

    private static SurfaceScores Volume(int width, string reference, string prediction, GridSpacing spacing, double tolerance) => Measure(
        new LabelGrid(width, 1, [Labels(reference).Pixels], isPlanar: false), new LabelGrid(width, 1, [Labels(prediction).Pixels], isPlanar: false), spacing, tolerance);

    private static SurfaceScores Measure(LabelGrid reference, LabelGrid prediction, GridSpacing spacing, double tolerance) => MapScores.Of(
        reference, prediction, 2, new SurfaceSettings(spacing, tolerance), new SurfaceWorkspace(), Concurrency.All).Surfaces[0];

    private static ByteImage Labels(string digits) => new(digits.Length, 1, [.. digits.Select(digit => (byte)(digit - '0'))]);
}
