namespace OrganSeg.Imaging.Tests;

public sealed class ResamplingTests
{
    private static readonly ByteImage Small = new(
        8, 3, [0, 10, 20, 30, 40, 50, 60, 255, 255, 0, 255, 0, 255, 0, 255, 0, 7, 7, 7, 200, 200, 200, 9, 9]);

    // Expected values: Pillow 11.1, Image.resize(size, Image.BILINEAR).
    [Theory]
    [InlineData(3, 3, new byte[] { 11, 35, 113, 134, 128, 121, 22, 159, 69 })]
    [InlineData(3, 2, new byte[] { 57, 70, 116, 64, 147, 89 })]
    [InlineData(5, 2, new byte[] { 59, 65, 70, 74, 148, 61, 80, 168, 136, 45 })]
    [InlineData(
        13,
        5,
        new byte[]
        {
            0, 4, 10, 17, 23, 29, 35, 41, 47, 53, 60, 173, 255,
            102, 61, 10, 77, 88, 29, 72, 115, 56, 67, 134, 147, 153,
            255, 147, 10, 167, 186, 29, 128, 226, 69, 88, 245, 108, 0,
            106, 63, 8, 71, 110, 118, 171, 210, 148, 116, 108, 49, 5,
            7, 7, 7, 7, 59, 178, 200, 200, 200, 134, 16, 9, 9,
        })]
    public void Triangle_SmallImage_EqualsPillow(int width, int height, byte[] expected) =>
        Assert.Equal(expected, Resized(Small, width, height, TriangleResampler.Resize).Pixels);

    // Expected values: Pillow 11.1, Image.resize(size, Image.NEAREST).
    [Theory]
    [InlineData(3, 3, new byte[] { 10, 40, 60, 0, 255, 255, 7, 200, 9 })]
    [InlineData(5, 2, new byte[] { 0, 20, 40, 50, 255, 7, 7, 200, 200, 9 })]
    public void Nearest_SmallImage_EqualsPillow(int width, int height, byte[] expected) =>
        Assert.Equal(expected, Resized(Small, width, height, NearestResampler.Resize).Pixels);

    // Expected values: CRC-32 of the pixels that Pillow 11.1 makes out of Images.Noise with BILINEAR and NEAREST.
    [Theory]
    [InlineData(512, 512, 224, 224, 0x52C69874, 0x936BF083)]
    [InlineData(300, 211, 224, 224, 0x1D6552A7, 0x837F559C)]
    [InlineData(97, 64, 224, 224, 0x6F2436BC, 0xC55FE714)]
    [InlineData(1024, 700, 224, 224, 0x6F74777A, 0xFB4EF075)]
    [InlineData(33, 17, 80, 5, 0xB4C74CE5, 0xD47218A1)]
    [InlineData(500, 3, 7, 90, 0x69743C56, 0x0ACF9808)]
    public void Resize_Noise_EqualsPillowBitForBit(
        int width, int height, int newWidth, int newHeight, uint triangle, uint nearest)
    {
        var noise = Images.Noise(width, height);

        Assert.Equal(triangle, Crc32.Of(Resized(noise, newWidth, newHeight, TriangleResampler.Resize).Pixels));
        Assert.Equal(nearest, Crc32.Of(Resized(noise, newWidth, newHeight, NearestResampler.Resize).Pixels));
    }

    // The slices at 224 were made by Pillow from those at 512: BILINEAR for images and NEAREST for labels.
    [Fact]
    public async Task Preprocessing_RealSlices_EqualsTheReference()
    {
        var folder = Images.SharedSlices();
        Assert.SkipUnless(folder is not null, "The folder shared/data/btcv is not beside the repository.");
        var cancellation = TestContext.Current.CancellationToken;
        var preprocessor = new SlicePreprocessor(new PreprocessingRecipe());
        var names = Directory.EnumerateFiles(Path.Combine(folder, "512", "images"), "*.png")
            .Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal).ToList();

        foreach (var name in names.Where((_, i) => i % (names.Count / 20) == 0))
        {
            var image = Png.ReadGrey(await Bytes("512", "images"), name);
            var labels = Png.ReadLabels(await Bytes("512", "labels"), name);
            var expectedImage = Png.ReadGrey(await Bytes("224", "images"), name);
            var expectedLabels = Png.ReadLabels(await Bytes("224", "labels"), name);

            Assert.Equal(expectedImage.Pixels, preprocessor.ToNetwork(image).Pixels);
            Assert.Equal(expectedLabels.Pixels, preprocessor.LabelsToNetwork(labels).Pixels);

            Task<byte[]> Bytes(string size, string kind) =>
                File.ReadAllBytesAsync(Path.Combine(folder, size, kind, name), cancellation);
        }
    }

    private delegate void Resize(ReadOnlySpan<byte> source, int width, int height, ByteImage target);

    private static ByteImage Resized(ByteImage source, int width, int height, Resize resize)
    {
        var target = new ByteImage(width, height);
        resize(source.Pixels, source.Width, source.Height, target);
        return target;
    }
}
