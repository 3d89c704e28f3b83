namespace OrganSeg.Imaging.Tests;

/// <summary>Test images, and where the project's data may lie.</summary>
internal static class Images
{
    /// <summary>
    /// The top bytes of x ← 1664525·x + 1013904223 (modulo 2³²), begun with 1000·width + height; the reference values
    /// from Pillow were computed on the same pixels.
    /// </summary>
    public static ByteImage Noise(int width, int height)
    {
        var image = new ByteImage(width, height);
        var state = (uint)(1000 * width + height);
        foreach (ref var pixel in image.Pixels.AsSpan())
        {
            state = unchecked((1664525 * state) + 1013904223);
            pixel = (byte)(state >> 24);
        }

        return image;
    }

    /// <summary>The labelled slices beside the repository; null where they are absent.</summary>
    public static string? SharedSlices()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrganSeg.Aspire.sln")))
        {
            folder = folder.Parent;
        }

        var slices = folder?.Parent is { } beside
            ? Path.Combine(beside.FullName, "shared", "data", "btcv", "labelled")
            : null;
        return Directory.Exists(slices) ? slices : null;
    }

    /// <summary>A folder of the project's data; skips the test where it is absent.</summary>
    public static string Shared(params string[] folders)
    {
        var folder = SharedSlices() is { } slices ? Path.GetFullPath(Path.Combine([slices, "..", "..", .. folders])) : "";
        Assert.SkipUnless(Directory.Exists(folder), "The shared data are not beside the repository.");
        return folder;
    }
}
