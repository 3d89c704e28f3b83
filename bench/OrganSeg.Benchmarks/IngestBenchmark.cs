using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Imaging.Volumes;
using OrganSeg.V1;

namespace OrganSeg.Benchmarks;

/// <summary>A compressed CT volume becomes stored slices: by the Ingest service as a process of its own, and by nibabel, numpy
/// and Pillow.</summary>
internal static class IngestBenchmark
{
    private const string Own = "Ingest, file to dataset";
    private const string OwnBusy = "processor time of Ingest";
    private const string Peer = "nibabel, numpy and Pillow";
    private const int ChunkBytes = 1 << 18;

    public static async Task RunAsync(Options options)
    {
        var (width, height, depth) = (options.Number("--width", 512), options.Number("--height", 512), options.Number("--depth", 300));
        var rounds = options.Number("--rounds", 5);
        var folder = Directory.CreateTempSubdirectory("organseg-ingest-bench-").FullName;
        try
        {
            var file = Path.Combine(folder, "volume.nii.gz");
            await File.WriteAllBytesAsync(file, await DrawAsync(width, height, depth));
            Timings.PrintMachine(Environment.ProcessorCount, "no libraries");
            Console.WriteLine($"volume   {width}x{height}x{depth} of 16 bits, {new FileInfo(file).Length >> 20} MiB packed, {(2L * width * height * depth) >> 20} MiB unpacked; {rounds} rounds in turn");
            var times = new Timings();
            var (most, mostPeer) = (0L, 0L);
            await using var service = await IngestProcess.StartAsync(Path.Combine(folder, "store"));
            var idle = service.PeakMemory();
            for (var round = 0; round <= rounds; round++)
            {
                var (start, busy) = (Stopwatch.GetTimestamp(), service.ProcessorTime());
                var slices = await ImportAsync(service, file, $"round{round}");
                var own = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                most = Math.Max(most, service.PeakMemory());
                var peer = await PeerAsync(file, Path.Combine(folder, $"peer{round}"));
                mostPeer = Math.Max(mostPeer, peer.GetProperty("bytes").GetInt64());
                if (slices != depth)
                {
                    throw new InvalidOperationException($"{slices} slices came of {depth}.");
                }

                // The first round starts both.
                if (round > 0)
                {
                    times.Add(Own, own);
                    times.Add(OwnBusy, (service.ProcessorTime() - busy).TotalMilliseconds);
                    times.Add(Peer, 1000 * peer.GetProperty("seconds").GetDouble());
                }
            }

            times.Print("time / Python's", name => times.Median(name) / times.Median(Peer));
            var unpacked = 2d * width * height * depth;
            Console.WriteLine($"\nmemory   Ingest {most >> 20} MiB at most ({most / unpacked:F2} of the volume; idle {idle >> 20} MiB), Python {mostPeer >> 20} MiB ({mostPeer / unpacked:F2})");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<long> ImportAsync(IngestProcess service, string file, string dataset)
    {
        var client = new IngestService.IngestServiceClient(service.Channel);
        using var call = client.Import();
        var answering = AnswerAsync(call);
        var header = new ImportHeader { Dataset = dataset, Split = SplitPolicy.Table };
        header.SplitTable.Add(new SplitEntry { CaseId = "volume", Split = "train" });
        await call.RequestStream.WriteAsync(new ImportRequest { Header = header });
        await using var content = File.OpenRead(file);
        for (var left = content.Length; left > 0;)
        {
            var data = new byte[Math.Min(ChunkBytes, left)];
            await content.ReadExactlyAsync(data);
            left -= data.Length;
            await call.RequestStream.WriteAsync(new ImportRequest
            {
                Chunk = new FileChunk { Role = FileRole.Negative, Name = "volume.nii.gz", Data = UnsafeByteOperations.UnsafeWrap(data), Last = left == 0 },
            });
        }

        await call.RequestStream.CompleteAsync();
        return await answering;
    }

    private static async Task<long> AnswerAsync(AsyncDuplexStreamingCall<ImportRequest, ImportResponse> call)
    {
        long slices = 0;
        await foreach (var response in call.ResponseStream.ReadAllAsync())
        {
            slices = response.Dataset?.Splits.Sum(split => split.Slices) ?? 0;
        }

        return slices;
    }

    private static async Task<JsonElement> PeerAsync(string file, string output)
    {
        var command = (TorchPeer.Python ?? "python3").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        DirectoryInfo? root = new(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "bench", "ingest_nibabel.py")))
        {
            root = root.Parent;
        }

        var script = Path.Combine(root?.FullName ?? throw new InvalidOperationException("bench/ingest_nibabel.py is not above this program."), "bench", "ingest_nibabel.py");
        using var process = Process.Start(new ProcessStartInfo(command[0], [.. command[1..], script, file, output]) { RedirectStandardOutput = true })
            ?? throw new InvalidOperationException($"{command[0]} cannot be started.");
        var printed = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? JsonDocument.Parse(printed).RootElement : throw new InvalidOperationException($"{script} failed.");
    }

    /// <summary>A body with noise, as hard to pack as CT is.</summary>
    private static async Task<byte[]> DrawAsync(int width, int height, int depth)
    {
        var geometry = new VolumeGeometry([width, height, depth], [-0.77, 0, 0, 197, 0, -0.77, 0, 197, 0, 0, 1.5, 0]);
        using var packed = new MemoryStream();
        await using (var gzip = new System.IO.Compression.GZipStream(packed, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true))
        {
            var header = Header(geometry);
            await gzip.WriteAsync(header);
            var random = new Random(1);
            var plane = new short[width * height];
            for (var k = 0; k < depth; k++)
            {
                for (var n = 0; n < plane.Length; n++)
                {
                    var (x, y) = ((2d * (n % width) / width) - 1, (2d * (n / width) / height) - 1);
                    var inside = (x * x / 0.8) + (y * y / 0.5) < 1;
                    plane[n] = (short)((inside ? 40 + (60 * Math.Sin(9 * x) * Math.Sin(7 * y)) : -1000) + random.Next(-20, 21));
                }

                await gzip.WriteAsync(MemoryMarshal.AsBytes(plane.AsSpan()).ToArray());
            }
        }

        return packed.ToArray();
    }

    /// <summary>NIfTI-1 by nifti1.h, int16, with an sform.</summary>
    private static byte[] Header(VolumeGeometry geometry)
    {
        var header = new byte[352];
        Put(0, 348);
        short[] dimensions = [3, (short)geometry.Lengths[0], (short)geometry.Lengths[1], (short)geometry.Lengths[2], 1, 1, 1, 1];
        MemoryMarshal.AsBytes(dimensions.AsSpan()).CopyTo(header.AsSpan(40));
        PutShort(70, 4);
        PutShort(72, 16);
        float[] sizes = [1, (float)geometry.Spacing.ColumnMm, (float)geometry.Spacing.RowMm, (float)geometry.SliceDistance];
        MemoryMarshal.AsBytes(sizes.AsSpan()).CopyTo(header.AsSpan(76));
        Put(108, BitConverter.SingleToInt32Bits(352));
        Put(112, BitConverter.SingleToInt32Bits(1));
        header[123] = 2;
        PutShort(254, 1);
        for (var i = 0; i < 12; i++)
        {
            Put(280 + (4 * i), BitConverter.SingleToInt32Bits((float)geometry.Affine[i]));
        }

        "n+1\0"u8.CopyTo(header.AsSpan(344));
        return header;

        void Put(int offset, int value) => BitConverter.TryWriteBytes(header.AsSpan(offset), value);

        void PutShort(int offset, short value) => BitConverter.TryWriteBytes(header.AsSpan(offset), value);
    }
}
