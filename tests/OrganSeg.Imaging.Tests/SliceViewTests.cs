namespace OrganSeg.Imaging.Tests;

public sealed class SliceViewTests
{
    [Fact]
    public void Show_Identity_IsTheSliceItself()
    {
        var slice = Images.Noise(16, 16);

        Assert.Same(slice, SliceView.Identity.Show(slice));
    }

    // A quarter turn takes pixels to pixels, so nothing is blended: the view's (x, y) shows column S − 1 − y, row x.
    [Fact]
    public void Show_QuarterTurn_MovesPixels()
    {
        var slice = Images.Noise(9, 9);

        var view = new SliceView(90, 1).Show(slice);

        Assert.All(Enumerable.Range(0, 81), i => Assert.Equal(slice.Row(i % 9)[8 - (i / 9)], view.Row(i / 9)[i % 9]));
    }

    // At twice the size the view's pixel x shows c + (x − c)/2, with c = 3.5: pixel 3 shows 3.25, between 3 and 4.
    [Fact]
    public void Show_Zoom_BlendsBetweenPixels()
    {
        var ramp = new ByteImage(8, 8, [.. Enumerable.Range(0, 64).Select(i => (byte)(i % 8 * 20))]);

        var view = new SliceView(0, 2).Show(ramp);

        Assert.Equal([35, 45, 55, 65, 75, 85, 95, 105], view.Row(4).ToArray().Select(grey => (int)grey));
    }

    [Fact]
    public void Show_Shrunk_IsBlackOutside()
    {
        var white = new ByteImage(8, 8, [.. Enumerable.Repeat((byte)255, 64)]);

        var view = new SliceView(0, 0.5).Show(white);

        Assert.Equal([0, 0, 255, 255, 255, 255, 0, 0], view.Row(4).ToArray().Select(grey => (int)grey));
        Assert.All(view.Row(1).ToArray(), grey => Assert.Equal(0, grey));
    }

    [Theory]
    [InlineData(6, 1)]
    [InlineData(-6, 1)]
    [InlineData(0, 1.08)]
    [InlineData(0, 0.92)]
    [InlineData(90, 1)]
    public void AddBack_WhatAViewShows_ComesBackWhereItWas(double degrees, double zoom)
    {
        // Smooth, so that sampling twice loses little: a plane that rises by 2 grey values a pixel.
        var slice = new ByteImage(32, 32, [.. Enumerable.Range(0, 1024).Select(i => (byte)(20 + (2 * (i % 32)) + (i / 32)))]);
        var view = new SliceView(degrees, zoom);
        var shown = Array.ConvertAll(view.Show(slice).Pixels, grey => (float)grey);
        var (sum, count) = (new float[2048], new float[1024]);

        view.AddBack([.. shown, .. shown], 32, sum, count);

        var inner = Enumerable.Range(0, 1024).Where(i => i % 32 is > 5 and < 26 && i / 32 is > 5 and < 26).ToList();
        Assert.All(inner, i => Assert.Equal(1, count[i]));
        // Grey values are rounded once, by half a grey value at most.
        Assert.All(inner, i => Assert.Equal(slice.Pixels[i], sum[i], 0.51f));
        Assert.Equal(sum[..1024], sum[1024..]);
    }

    [Fact]
    public void Show_NotSquare_Refused() =>
        Assert.Throws<ArgumentException>(() => new SliceView(6, 1).Show(new ByteImage(4, 5)));
}
