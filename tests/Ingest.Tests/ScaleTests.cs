using System.Diagnostics;
using OrganSeg.Imaging;
using OrganSeg.Testing;

namespace OrganSeg.Ingest.Tests;

/// <summary>
/// Datasets of many patients, each in a service of its own: memory must not grow with the pixels. <c>ORGANSEG_SCALE_SLICES</c>
/// names other sizes, such as <c>2500,5000,10000</c>; the output then shows whether time is linear.
/// </summary>
public sealed class ScaleTests(ITestOutputHelper output)
{
    // With more than a dozen patients the contact sheets of the quality report are full.
    private const int SlicesOfPatient = 20;
    private const int Side = 224;

    // Part of the pixels of the slices that the last dataset has more than the first, in which all buffers have grown already.
    private const double MaxGrowth = 0.5;

    private static readonly int[] Sizes = [300, 900];

    [Fact]
    public async Task Import_ManyMoreSlices_TakesLittleMoreMemory()
    {
        var token = TestContext.Current.CancellationToken;
        var sizes = Environment.GetEnvironmentVariable("ORGANSEG_SCALE_SLICES") is { Length: > 0 } given
            ? [.. given.Split(',').Select(int.Parse)]
            : Sizes;
        var peaks = new List<long>();
        foreach (var slices in sizes)
        {
            using var work = new TemporaryFolder();
            var client = Patients(slices);
            await using var service = await IngestProcess.StartAsync(work.Path, token);
            var idle = service.PeakBytes;
            var watch = Stopwatch.StartNew();
            var state = await client.SendAsync(service.Uploads, token);
            var sent = watch.Elapsed;
            await service.ImportAsync(state, "scale", Side, token);
            peaks.Add(service.PeakBytes);
            output.WriteLine(
                $"{slices} slices of {slices / SlicesOfPatient} patients, {state.Bytes >> 20} MiB: sent in {sent.TotalSeconds:F1} s, "
                + $"imported in {(watch.Elapsed - sent).TotalSeconds:F1} s, peak {peaks[^1] >> 20} MiB ({idle >> 20} MiB before)");
        }

        var pixels = (sizes[^1] - sizes[0]) * 2L * Side * Side;
        Assert.True(
            peaks[^1] - peaks[0] < MaxGrowth * pixels,
            $"From {sizes[0]} to {sizes[^1]} slices the peak grew from {peaks[0] >> 20} to {peaks[^1] >> 20} MiB.");
    }

    private static UploadClient Patients(int slices)
    {
        var client = new UploadClient();
        var (images, labels) = (new byte[slices][], new byte[slices][]);
        Parallel.For(0, slices, i => (images[i], labels[i]) = (Png.WriteGrey(Image(i)), Png.WriteGrey(Labels(i))));
        for (var i = 0; i < slices; i++)
        {
            var name = $"case{i / SlicesOfPatient:D4}_slice{i % SlicesOfPatient:D3}.png";
            client.File(V1.FileRole.Image, name, images[i]).File(V1.FileRole.Label, name, labels[i]);
        }

        return client;
    }

    /// <summary>Grey that is noisy in some bits, as CT slices are.</summary>
    private static ByteImage Image(int seed)
    {
        var image = new ByteImage(Side, Side);
        new Random(seed).NextBytes(image.Pixels);
        foreach (ref var pixel in image.Pixels.AsSpan())
        {
            pixel = (byte)(100 + (pixel & 31));
        }

        return image;
    }

    /// <summary>A bar at a place of its own for each slice.</summary>
    private static ByteImage Labels(int seed)
    {
        var labels = new ByteImage(Side, Side);
        labels.Pixels.AsSpan(seed, 999).Fill((byte)(1 + (seed % 4)));
        return labels;
    }
}
