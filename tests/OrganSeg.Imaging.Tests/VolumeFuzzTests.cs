using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>Damaged pairs of NIfTI and DICOM files end in a volume or an error that names what is wrong, soon and in bounded memory.</summary>
public sealed class VolumeFuzzTests
{
    private const long Most = 1 << 20;
    private static readonly double[] Affine = [-2, 0, 0, 10, 0, 3, 0, -20, 0, 0, 4, 30];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task NiftiPair_Damaged_EndsInAVolumeOrANamedError()
    {
        var single = NiftiFile.Write([4, 3, 2], Affine, new short[24]);
        var header = single[..348];
        "ni1"u8.CopyTo(header.AsSpan(344));
        // vox_offset 0.
        header.AsSpan(108, 4).Clear();
        return FuzzAsync([header], async bytes =>
        {
            using var first = new MemoryStream(bytes);
            using var second = new MemoryStream(single, 352, 48);
            await NiftiVolume.ReadPairAsync(first, second, Fuzzing.File, Most, Token);
        });
    }

    [Fact]
    public Task Dicom_Damaged_EndsInAVolumeOrANamedError() => FuzzAsync(
        [.. Syntaxes.Select(syntax => new DicomImage { Width = 5, Height = 4, Pixels = new int[20], Position = [0, 0, 1], Syntax = syntax, Padding = 7, PaddingLimit = 9 }.Write())],
        AssembleAsync);

    [Fact]
    public Task DicomFrames_Damaged_EndsInAVolumeOrANamedError() => FuzzAsync(
        [.. Syntaxes.SelectMany(syntax => new[] { true, false }.Select(isDefined => Frames(syntax, isDefined, shown: null).Write()))],
        AssembleAsync);

    [Fact]
    public Task DicomSegmentation_Damaged_EndsInLabelsOrANamedError() => FuzzAsync(
        [.. Syntaxes.SelectMany(syntax => new[] { true, false }.Select(isDefined => Frames(syntax, isDefined, shown: [1, 2]).Write()))],
        bytes => DicomSegmentation.ReadAsync(bytes, Fuzzing.File, null, Most, Token));

    private static string[] Syntaxes => [DicomImage.ImplicitLittle, DicomImage.ExplicitLittle, DicomImage.ExplicitBig, DicomImage.Deflated];

    private static DicomFrames Frames(string syntax, bool isDefined, ushort[]? shown) => new()
    {
        Width = 5,
        Height = 4,
        Frames = [([0, 0, 0], [1, .. new int[19]]), ([0, 0, 2], [0, 1, .. new int[18]])],
        Shown = shown,
        Segments = [(1, "Liver", "10200004"), (2, "Spleen", "78961009")],
        Syntax = syntax,
        IsDefined = isDefined,
    };

    private static async Task AssembleAsync(byte[] bytes)
    {
        var reader = new DicomSeriesReader(Most);
        if (await reader.AddAsync(bytes, Fuzzing.File, Token) is not null && reader.Series is [var series])
        {
            reader.Assemble(series, Fuzzing.File);
        }
    }

    private static async Task FuzzAsync(byte[][] seeds, Func<byte[], Task> read)
    {
        var taken = await Fuzzing.RunAsync(
            20261127,
            random => new Mutator(random).Mutate(seeds[random.Next(seeds.Length)], seeds[random.Next(seeds.Length)]),
            async bytes =>
            {
                await read(bytes);
                return bytes.Length;
            },
            mayLackDecoder: true);

        // As many are refused as show that something is checked, and some taken, so that more than the first check is reached.
        Assert.InRange(taken, double.Epsilon, 0.9);
    }
}
