namespace OrganSeg.Imaging.Tests;

public sealed class SlicePreprocessorTests
{
    private readonly SlicePreprocessor _preprocessor = new(new PreprocessingRecipe());

    [Fact]
    public void ToNetwork_RightSizeAlready_IsTheSameImage()
    {
        var image = Images.Noise(224, 224);

        Assert.Same(image, _preprocessor.ToNetwork(image));
        Assert.Same(image, _preprocessor.ToNetwork(image, new PixelSpacing(0.7, 0.7)));
        Assert.Same(image, _preprocessor.LabelsToNetwork(image));
        Assert.Same(image, _preprocessor.LabelsToSource(image, 224, 224));
    }

    [Fact]
    public void LabelsToNetwork_WideImage_IsCentredBetweenBackground()
    {
        var labels = new ByteImage(224, 100, [.. Enumerable.Repeat((byte)3, 22400)]);

        var padded = _preprocessor.LabelsToNetwork(labels);

        // 224 − 100 = 124 rows of padding, half of them above.
        Assert.Equal(Enumerable.Range(0, 224).Select(y => y is >= 62 and < 162 ? 3 : 0), Column(padded, 100));
    }

    [Fact]
    public void LabelsToNetwork_TallPixels_BecomesSquareInMillimetres()
    {
        // 112 rows of 2 mm are as long as 224 columns of 1 mm: stretched, not padded.
        var labels = new ByteImage(224, 112, [.. Enumerable.Repeat((byte)1, 224 * 112)]);

        Assert.All(_preprocessor.LabelsToNetwork(labels, new PixelSpacing(2, 1)).Pixels, id => Assert.Equal(1, id));
    }

    [Fact]
    public void LabelsToSource_RandomSizesAndSpacings_KeepsPlaces()
    {
        var random = new Random(20);
        for (var i = 0; i < 200; i++)
        {
            var (width, height) = (random.Next(1, 700), random.Next(1, 700));
            PixelSpacing? spacing = i % 3 == 0 ? null : new(0.5 + random.NextDouble(), 0.5 + random.NextDouble());
            var labels = Halves(width, height);

            var back = _preprocessor.LabelsToSource(
                _preprocessor.LabelsToNetwork(labels, spacing), width, height, spacing);

            Assert.Equal((width, height), (back.Width, back.Height));

            // A network pixel belongs wholly to what lies under its centre, so the edge between the halves, and the one
            // to the padding, may move by half a network pixel on the way there and by as much on the way back.
            var (mmX, mmY) = spacing is { } s ? (s.ColumnMm, s.RowMm) : (1, 1);
            var tolerance = (Math.Max(width * mmX, height * mmY) / 224 / mmX) + 1;
            var (expected, actual) = (labels.Row(height / 2).ToArray(), back.Row(height / 2).ToArray());
            if (height * mmY > 2 * tolerance * mmX)
            {
                Assert.All(Enumerable.Range(0, width), x => Assert.True(
                    actual[x] == expected[x] || Math.Abs(x + 0.5 - (width / 2)) < tolerance || x < tolerance
                        || x >= width - tolerance,
                    $"{width}×{height} at {spacing}: column {x} has class {actual[x]}"));
            }
        }
    }

    [Theory]
    [InlineData(100, 70)]
    [InlineData(224, 31)]
    [InlineData(3, 224)]
    public void LabelsToSource_AfterEnlarging_IsExact(int width, int height)
    {
        var labels = Images.Noise(width, height);

        var back = _preprocessor.LabelsToSource(_preprocessor.LabelsToNetwork(labels), width, height);

        Assert.Equal(labels.Pixels, back.Pixels);
    }

    [Fact]
    public void ToNetwork_ManyThreads_GivesTheSame()
    {
        var image = Images.Noise(300, 200);
        var expected = _preprocessor.ToNetwork(image).Pixels;

        Parallel.For(0, 32, _ => Assert.Equal(expected, _preprocessor.ToNetwork(image).Pixels));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -1)]
    [InlineData(double.NaN, 1)]
    [InlineData(1, double.PositiveInfinity)]
    [InlineData(100, 1)]
    public void ToNetwork_ImpossibleSpacing_IsNamed(double rowMm, double columnMm)
    {
        var error = Assert.Throws<OrganSegException>(
            () => _preprocessor.ToNetwork(new ByteImage(10, 10), new PixelSpacing(rowMm, columnMm)));

        Assert.Equal("spacing", Assert.Single(error.Violations).Field);
    }

    [Fact]
    public void LabelsToSource_OtherSizeThanTheNetworks_IsRefused() =>
        Assert.Throws<ArgumentException>(() => _preprocessor.LabelsToSource(new ByteImage(10, 10), 20, 20));

    [Fact]
    public void Constructor_RecipeWithErrors_NamesThemAll()
    {
        var recipe = new PreprocessingRecipe
        {
            Size = 100,
            WindowLowHu = 3,
            Mean = double.NaN,
            StandardDeviation = 0,
            Padding = "none",
            ImageResampling = "cubic",
            LabelResampling = "linear",
        };

        var error = Assert.Throws<OrganSegException>(() => new SlicePreprocessor(recipe));

        Assert.Equal(
            ["size", "windowLowHu", "mean", "standardDeviation", "padding", "imageResampling", "labelResampling"],
            error.Violations.Select(violation => violation.Field));
    }

    private static ByteImage Halves(int width, int height)
    {
        var labels = new ByteImage(width, height);
        for (var y = 0; y < height; y++)
        {
            labels.Row(y)[..(width / 2)].Fill(1);
            labels.Row(y)[(width / 2)..].Fill(2);
        }

        return labels;
    }

    private static IEnumerable<int> Column(ByteImage image, int x) =>
        Enumerable.Range(0, image.Height).Select(y => (int)image.Row(y)[x]);
}
