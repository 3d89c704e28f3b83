namespace OrganSeg.Imaging.Tests;

public sealed class PngTests
{
    private const string Name = "case0001_slice002.png";
    private static readonly byte[] Ramp = [.. Enumerable.Range(0, 35).Select(i => (byte)(7 * i))];

    [Theory]
    [InlineData(1, 1)]
    [InlineData(7, 5)]
    [InlineData(224, 224)]
    [InlineData(3, 500)]
    public void WriteGrey_AnyPixels_ReadsBackTheSame(int width, int height)
    {
        var image = Images.Noise(width, height);

        var png = Png.WriteGrey(image);

        Assert.Equal(image.Pixels, Png.ReadGrey(png, Name).Pixels);
        Assert.Equal(image.Pixels, Png.ReadLabels(png, Name).Pixels);
        Assert.Equal(png, Png.WriteGrey(image));
    }

    [Fact]
    public void WriteGrey_SmoothImage_IsSmallerThanItsPixels()
    {
        var image = new ByteImage(100, 100);
        for (var i = 0; i < image.Pixels.Length; i++)
        {
            image.Pixels[i] = (byte)(i % 100 + i / 100);
        }

        Assert.InRange(Png.WriteGrey(image).Length, 1, 1000);
    }

    [Theory]
    [InlineData(Pngs.PillowGrey)]
    [InlineData(Pngs.PillowRgb)]
    [InlineData(Pngs.PillowGreyAlpha)]
    public void ReadGrey_FilesOfPillow_GivesTheGreyValues(string base64)
    {
        var image = Png.ReadGrey(Convert.FromBase64String(base64), Name);

        Assert.Equal((7, 5), (image.Width, image.Height));
        Assert.Equal(Ramp, image.Pixels);
    }

    [Fact]
    public void ReadGrey_OneBit_IsScaledToBlackAndWhite() =>
        Assert.Equal(
            Enumerable.Range(0, 35).Select(i => (byte)(i % 2 * 255)),
            Png.ReadGrey(Convert.FromBase64String(Pngs.PillowBits), Name).Pixels);

    [Fact]
    public void ReadLabels_PaletteAndBits_GivesIndicesAndRawValues()
    {
        var palette = Png.ReadLabels(Convert.FromBase64String(Pngs.PillowPalette), Name);
        var bits = Png.ReadLabels(Convert.FromBase64String(Pngs.PillowBits), Name);

        Assert.Equal(Enumerable.Range(0, 35).Select(i => (byte)(i % 5)), palette.Pixels);
        Assert.Equal(Enumerable.Range(0, 35).Select(i => (byte)(i % 2)), bits.Pixels);
    }

    [Fact]
    public void ReadGrey_GreyPalette_GivesItsGreys()
    {
        var png = Pngs.File(4, 1, 2, 3, [0, 0b00_01_10_01], palette: [9, 9, 9, 200, 200, 200, 30, 30, 30, 1, 2, 3]);

        Assert.Equal([9, 200, 30, 200], Png.ReadGrey(png, Name).Pixels);
    }

    [Theory]
    [InlineData(1, 0b0110_0101, new byte[] { 0, 1, 1, 0, 0 })]
    [InlineData(2, 0b01_10_11_00, new byte[] { 1, 2, 3, 0 })]
    [InlineData(4, 0x5F, new byte[] { 5, 15 })]
    [InlineData(8, 0x9C, new byte[] { 0x9C })]
    public void Read_GreyOfEachDepth_IsRawForLabelsAndScaledForImages(byte depth, byte row, byte[] expected)
    {
        var png = Pngs.File(expected.Length, 1, depth, 0, [0, row]);
        var scale = 255 / ((1 << depth) - 1);

        Assert.Equal(expected, Png.ReadLabels(png, Name).Pixels);
        Assert.Equal(expected.Select(value => (byte)(value * scale)), Png.ReadGrey(png, Name).Pixels);
    }

    [Fact]
    public void ReadGrey_EveryFilter_IsUndone()
    {
        // By hand, from the filter definitions; the rows mean 10 20 30, 11 22 33, 12 24 36, 13 26 39, 14 28 42.
        byte[] rows =
        [
            0, 10, 20, 30,
            1, 11, 11, 11,
            2, 1, 2, 3,
            3, 13 - 6, 26 - 18, 39 - 31,
            4, 1, 2, 3,
        ];

        var image = Png.ReadGrey(Pngs.File(3, 5, 8, 0, rows), Name);

        Assert.Equal([10, 20, 30, 11, 22, 33, 12, 24, 36, 13, 26, 39, 14, 28, 42], image.Pixels);
    }

    [Theory]
    [InlineData(PngFilter.None)]
    [InlineData(PngFilter.Sub)]
    [InlineData(PngFilter.Up)]
    [InlineData(PngFilter.Average)]
    [InlineData(PngFilter.Paeth)]
    public void Undo_WhatApplyDid_GivesTheRow(byte filter)
    {
        var image = Images.Noise(50, 2);
        var row = new byte[50];

        PngFilter.Apply(filter, image.Row(1), image.Row(0), row);

        Assert.True(PngFilter.Undo(filter, row, image.Row(0), 1));
        Assert.Equal(image.Row(1).ToArray(), row);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(5, 5)]
    [InlineData(8, 8)]
    [InlineData(19, 11)]
    public void ReadGrey_Interlaced_GivesTheSamePixels(int width, int height)
    {
        var image = Images.Noise(width, height);
        // The pass of each pixel in an 8×8 block, as drawn in section 8.2 of the PNG specification.
        string[] passes =
            ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777", "56565656", "77777777"];
        var rows = new List<byte>();
        for (var pass = '1'; pass <= '7'; pass++)
        {
            for (var y = 0; y < height; y++)
            {
                var wanted = Enumerable.Range(0, width).Where(x => passes[y % 8][x % 8] == pass).ToList();
                if (wanted.Count > 0)
                {
                    rows.Add(0);
                    rows.AddRange(wanted.Select(x => image.Pixels[y * width + x]));
                }
            }
        }

        var read = Png.ReadGrey(Pngs.File(width, height, 8, 0, [.. rows], interlace: 1), Name);

        Assert.Equal(image.Pixels, read.Pixels);
    }

    [Fact]
    public void ReadGrey_DataInManyChunks_IsJoined()
    {
        var png = Pngs.File(3, 2, 8, 0, [0, 1, 2, 3, 0, 4, 5, 6], parts: 5);

        Assert.Equal([1, 2, 3, 4, 5, 6], Png.ReadGrey(png, Name).Pixels);
    }

    [Theory]
    [InlineData("")]
    [InlineData("123456789")]
    [InlineData("abcdefghijklmnopqrstuvwxyz01234")]
    public void Crc32_AnyLength_EqualsTheBitwiseDefinition(string text)
    {
        byte[] bytes = [.. text.Select(letter => (byte)letter)];

        Assert.Equal(Pngs.SlowCrc(bytes), Crc32.Of(bytes));
    }

    [Theory]
    [InlineData(-1024)]
    [InlineData(-32768)]
    public void ReadGrey_SixteenBitsWithAWindow_IsWindowedLikeAVolume(int zero)
    {
        // HU around both ends of the window and in its middle, each as a big-endian value above HU zero.
        int[] hu = [-1000, -126, -125, -124, -50, 76, 274, 275, 276, 1000];
        byte[] row = [0, .. hu.SelectMany(value => new[] { (byte)((value - zero) >> 8), (byte)(value - zero) })];

        var (image, windowed) = Png.ReadGrey(Pngs.File(hu.Length, 1, 16, 0, row), "a.png", new PngWindow(zero, -125, 275));

        Assert.True(windowed);
        Assert.Equal([0, 0, 0, 1, 48, 128, 254, 255, 255, 255], image.Pixels);
    }

    [Fact]
    public void ReadGrey_SixteenBitsOfPillow_HasItsValues()
    {
        // 1799·i at place i, which are 7·i of 255 parts of all that 16 bits can say.
        var (image, _) = Png.ReadGrey(Convert.FromBase64String(Pngs.PillowGrey16), "a.png", new PngWindow(0, 0, 65_535));

        Assert.Equal(Enumerable.Range(0, 35).Select(i => (byte)(7 * i)), image.Pixels);
    }

    [Fact]
    public void ReadGrey_EightBitsWithAWindow_AreAsTheyWere()
    {
        var (image, windowed) = Png.ReadGrey(Convert.FromBase64String(Pngs.PillowGrey), "a.png", new PngWindow(-1024, -125, 275));

        Assert.False(windowed);
        Assert.Equal(Png.ReadGrey(Convert.FromBase64String(Pngs.PillowGrey), "a.png").Pixels, image.Pixels);
    }

    [Fact]
    public void ReadGrey_SixteenBitsInterlaced_IsThatOfTheSameRows()
    {
        // Three by one: Adam7 has the first, then the third, then the second pixel, each a pass with a filter byte.
        var interlaced = Pngs.File(3, 1, 16, 0, [0, 0x04, 0x00, 0, 0x04, 0x64, 0, 0x04, 0xC8], interlace: 1);

        var (image, _) = Png.ReadGrey(interlaced, "a.png", new PngWindow(-1024, 0, 255));

        Assert.Equal([0, 200, 100], image.Pixels);
    }

    // The way back is the standard's, pixel by pixel, and there is only one.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Apply_AnyFilterAndWidth_IsUndone(byte filter)
    {
        var random = new Random(filter);
        for (var width = 1; width <= 140; width++)
        {
            var (row, above, target) = (new byte[width], new byte[width], new byte[width]);
            random.NextBytes(row);
            random.NextBytes(above);

            PngFilter.Apply(filter, row, above, target);

            Assert.True(PngFilter.Undo(filter, target, above, distance: 1));
            Assert.Equal(row, target);
        }
    }
}
