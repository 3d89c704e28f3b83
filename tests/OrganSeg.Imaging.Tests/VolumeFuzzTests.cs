using System.Diagnostics;
using OrganSeg.Imaging.Dicom;
using OrganSeg.Imaging.Volumes;
using OrganSeg.Testing;

namespace OrganSeg.Imaging.Tests;

/// <summary>
/// Damaged files of every kind of volume end in a volume or an error that names what is wrong, soon and in bounded memory. The
/// damage is seeded: some bytes changed, most of them in the header, and of every fourth file the end cut off.
/// </summary>
public sealed class VolumeFuzzTests
{
    private const int Mutations = 100_000;
    private const long Most = 1 << 20;
    private const long MostAllocated = 64 << 20;
    private static readonly TimeSpan MostTime = TimeSpan.FromSeconds(5);

    private static readonly double[] Affine = [-2, 0, 0, 10, 0, 3, 0, -20, 0, 0, 4, 30];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Nifti_Damaged_EndsInAVolumeOrANamedError()
    {
        byte[][] seeds = [.. from second in new[] { false, true } from big in new[] { false, true } select NiftiFile.Write([4, 3, 2], Affine, new short[24], second, big)];
        return FuzzAsync([.. seeds, NiftiFile.Compress(seeds[0])], start: 0, async bytes =>
        {
            using var stream = new MemoryStream(bytes);
            await NiftiVolume.ReadAsync(stream, "file", Most, Token);
        });
    }

    [Fact]
    public Task NiftiPair_Damaged_EndsInAVolumeOrANamedError()
    {
        var single = NiftiFile.Write([4, 3, 2], Affine, new short[24]);
        var header = single[..348];
        "ni1"u8.CopyTo(header.AsSpan(344));
        // vox_offset 0.
        header.AsSpan(108, 4).Clear();
        return FuzzAsync([header], start: 0, async bytes =>
        {
            using var first = new MemoryStream(bytes);
            using var second = new MemoryStream(single, 352, 48);
            await NiftiVolume.ReadPairAsync(first, second, "file", Most, Token);
        });
    }

    [Fact]
    public Task Dicom_Damaged_EndsInAVolumeOrANamedError() => FuzzAsync(
        [.. Syntaxes.Select(syntax => new DicomImage { Width = 5, Height = 4, Pixels = new int[20], Position = [0, 0, 1], Syntax = syntax, Padding = 7, PaddingLimit = 9 }.Write())],
        start: 128,
        AssembleAsync);

    [Fact]
    public Task DicomFrames_Damaged_EndsInAVolumeOrANamedError() => FuzzAsync(
        [.. Syntaxes.SelectMany(syntax => new[] { true, false }.Select(isDefined => Frames(syntax, isDefined, shown: null).Write()))],
        start: 128,
        AssembleAsync);

    [Fact]
    public Task DicomSegmentation_Damaged_EndsInLabelsOrANamedError() => FuzzAsync(
        [.. Syntaxes.SelectMany(syntax => new[] { true, false }.Select(isDefined => Frames(syntax, isDefined, shown: [1, 2]).Write()))],
        start: 128,
        bytes => DicomSegmentation.ReadAsync(bytes, "file", null, Most, Token));

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
        if (await reader.AddAsync(bytes, "file", Token) is not null && reader.Series is [var series])
        {
            reader.Assemble(series, "series");
        }
    }

    private static async Task FuzzAsync(byte[][] seeds, int start, Func<byte[], Task> read)
    {
        var random = new Random(20261127);
        var refused = 0;
        for (var i = 0; i < Mutations; i++)
        {
            var bytes = (byte[])seeds[i % seeds.Length].Clone();
            for (var changes = random.Next(1, 6); changes > 0; changes--)
            {
                bytes[random.Next(start, bytes.Length)] = (byte)random.Next(256);
            }

            bytes = random.Next(4) == 0 ? bytes[..random.Next(start, bytes.Length)] : bytes;
            var (began, thread, before) = (Stopwatch.GetTimestamp(), Environment.CurrentManagedThreadId, GC.GetAllocatedBytesForCurrentThread());
            try
            {
                await read(bytes);
            }
            catch (OrganSegException error)
            {
                Assert.Contains(error.Kind, (ErrorKind[])[ErrorKind.Invalid, ErrorKind.NotReady]);
                refused++;
            }

            // A decoder's process, which few damages start, ends on a thread with a sum of its own.
            var allocated = Environment.CurrentManagedThreadId == thread ? GC.GetAllocatedBytesForCurrentThread() - before : 0;
            Assert.InRange(allocated, 0, MostAllocated);
            Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, MostTime);
        }

        Assert.InRange(refused, Mutations / 10, Mutations - 1);
    }
}
