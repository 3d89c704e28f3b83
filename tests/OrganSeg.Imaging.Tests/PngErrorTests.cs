namespace OrganSeg.Imaging.Tests;

public sealed class PngErrorTests
{
    private const string Name = "case0001_slice002.png";

    [Fact]
    public void Read_CutAtEveryByte_IsNamed()
    {
        var png = Convert.FromBase64String(Pngs.PillowPalette);
        for (var length = 0; length < png.Length; length++)
        {
            var cut = png[..length];
            var error = Assert.Throws<OrganSegException>(() => Png.ReadLabels(cut, Name));
            Assert.Equal(ErrorKind.Invalid, error.Kind);
            Assert.Equal(Name, Assert.Single(error.Violations).Field);
            Assert.Contains(length == 0 ? "empty" : "truncated", error.Message);
        }
    }

    [Fact]
    public void Read_AnyBitFlipped_IsNamedOrHarmless()
    {
        var png = Convert.FromBase64String(Pngs.PillowGrey);
        for (var bit = 0; bit < png.Length * 8; bit++)
        {
            var flipped = (byte[])png.Clone();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            var error = Assert.Throws<OrganSegException>(() => Png.ReadGrey(flipped, Name));
            Assert.Equal(Name, Assert.Single(error.Violations).Field);
        }
    }

    [Fact]
    public void Read_NoPng_SaysSo() =>
        AssertInvalid("is not a PNG", () => Png.ReadGrey("GIF89a, or anything else"u8, Name));

    [Fact]
    public void ReadGrey_SixteenBits_AsksForTheWindow() =>
        AssertInvalid("window", () => Png.ReadGrey(Convert.FromBase64String(Pngs.PillowGrey16), Name));

    [Fact]
    public void ReadLabels_SixteenBitsAbove255_NamesTheValue() =>
        AssertInvalid("the value 256;", () => Png.ReadLabels(Pngs.File(2, 1, 16, 0, [0, 0, 255, 1, 0]), Name));

    [Fact]
    public void ReadGrey_SixteenBitsOfColour_IsRefusedWithAWindow() => AssertInvalid(
        "several channels", () => _ = Png.ReadGrey(Pngs.File(1, 1, 16, 2, [0, 1, 0, 1, 0, 1, 0]), Name, new PngWindow(-1024, -125, 275)).Image);

    [Fact]
    public void ReadLabels_Colour_IsRefused() =>
        AssertInvalid("colour", () => Png.ReadLabels(Convert.FromBase64String(Pngs.PillowRgb), Name));

    [Fact]
    public void ReadGrey_ColourPalette_IsRefused() =>
        AssertInvalid("colour palette", () => Png.ReadGrey(Convert.FromBase64String(Pngs.PillowPalette), Name));

    [Fact]
    public void ReadGrey_Colour_IsRefused() =>
        AssertInvalid("colour", () => Png.ReadGrey(Pngs.File(1, 1, 8, 2, [0, 1, 2, 3]), Name));

    [Fact]
    public void ReadGrey_Transparent_IsRefused() =>
        AssertInvalid("transparent", () => Png.ReadGrey(Pngs.File(1, 1, 8, 4, [0, 1, 254]), Name));

    [Fact]
    public void ReadGrey_IndexBeyondPalette_IsRefused() =>
        AssertInvalid("entry 3", () => Png.ReadGrey(Pngs.File(1, 1, 8, 3, [0, 3], palette: [1, 1, 1]), Name));

    [Fact]
    public void Read_TooManyPixels_IsRefused() =>
        AssertInvalid("too large", () => Png.ReadGrey(Pngs.File(8193, 8192, 8, 0, [0]), Name));

    [Fact]
    public void Read_HeaderPromisesMoreThanTheDataCanHold_AllocatesNothing()
    {
        var png = Pngs.File(8192, 8192, 8, 0, new byte[1000]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        AssertInvalid("truncated", () => Png.ReadGrey(png, Name));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Read_MorePixelsThanTheHeaderSays_IsRefused() =>
        AssertInvalid("more pixel data", () => Png.ReadGrey(Pngs.File(2, 2, 8, 0, new byte[1_000_000]), Name));

    [Fact]
    public void Read_FewerPixelsThanTheHeaderSays_IsRefused() =>
        AssertInvalid("truncated", () => Png.ReadGrey(Pngs.File(4, 4, 8, 0, new byte[19]), Name));

    [Fact]
    public void Read_UnknownFilter_IsRefused() =>
        AssertInvalid("filter", () => Png.ReadGrey(Pngs.File(1, 1, 8, 0, [5, 0]), Name));

    [Theory]
    [InlineData(0, 1, 8, 0, 0)]
    [InlineData(1, -1, 8, 0, 0)]
    [InlineData(1, 1, 3, 0, 0)]
    [InlineData(1, 1, 16, 3, 0)]
    [InlineData(1, 1, 4, 2, 0)]
    [InlineData(1, 1, 8, 5, 0)]
    [InlineData(1, 1, 8, 0, 2)]
    public void Read_ImpossibleHeader_IsRefused(int width, int height, byte depth, byte colour, byte interlace) =>
        AssertInvalid("header", () => Png.ReadGrey(Pngs.File(width, height, depth, colour, [0, 0], interlace), Name));

    [Fact]
    public void Read_ChunksOutOfOrder_IsRefused()
    {
        var header = ("IHDR", Pngs.Header(1, 1, 8, 0));
        var data = ("IDAT", Pngs.Deflate([0, 7]));
        var text = ("tEXt", new byte[4]);
        var end = ("IEND", Array.Empty<byte>());

        Assert.Equal([7], Png.ReadGrey(Pngs.Chunks(header, text, data, text, end), Name).Pixels);
        AssertInvalid("begin", () => Png.ReadGrey(Pngs.Chunks(data, header, end), Name));
        AssertInvalid("second header", () => Png.ReadGrey(Pngs.Chunks(header, header, data, end), Name));
        AssertInvalid("no pixel data", () => Png.ReadGrey(Pngs.Chunks(header, end), Name));
        AssertInvalid("between", () => Png.ReadGrey(Pngs.Chunks(header, data, text, data, end), Name));
        AssertInvalid("truncated", () => Png.ReadGrey(Pngs.Chunks(header, data), Name));
        AssertInvalid("critical", () => Png.ReadGrey(Pngs.Chunks(header, ("ABCD", []), data, end), Name));
        AssertInvalid("inflated", () => Png.ReadGrey(Pngs.Chunks(header, ("IDAT", [1, 2, 3, 4]), end), Name));
        AssertInvalid(
            "no palette", () => Png.ReadGrey(Pngs.Chunks(("IHDR", Pngs.Header(1, 1, 8, 3)), data, end), Name));
    }

    private static void AssertInvalid(string part, Action act)
    {
        var error = Assert.Throws<OrganSegException>(act);
        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal(Name, Assert.Single(error.Violations).Field);
        Assert.Contains(part, error.Message);
    }
}
