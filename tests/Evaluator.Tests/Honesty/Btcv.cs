using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Evaluator.Tests.Honesty;

/// <summary>The real slices of <c>shared/data/btcv</c>.</summary>
internal static class Btcv
{
    public const int Size = 224;

    /// <summary>The labelled slices by case, in order; skips the test where they are not there.</summary>
    public static IReadOnlyList<(string Case, IReadOnlyList<(int Index, ByteImage Image)> Slices)> Read()
    {
        var folder = Repository.PathOf("..", "shared", "data", "btcv", "labelled", "224", "images");
        Assert.SkipUnless(Directory.Exists(folder), "shared/data/btcv is not beside the repository.");
        return
        [
            .. Directory.GetFiles(folder, "*.png")
                .Order(StringComparer.Ordinal)
                .GroupBy(file => Path.GetFileName(file)[..8])
                .Select(files => (files.Key, (IReadOnlyList<(int, ByteImage)>)
                [
                    .. files.Select(file => (int.Parse(Path.GetFileNameWithoutExtension(file)[14..], provider: null), Png.ReadGrey(File.ReadAllBytes(file), file))),
                ])),
        ];
    }
}
