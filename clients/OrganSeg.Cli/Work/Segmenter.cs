using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Segments PNG slices with several in flight and writes a label PNG for each.</summary>
internal sealed class Segmenter(ServiceConnection services, string model, string variant, string folder, IProgressBoard board)
{
    private const int InFlight = 8;

    private readonly ConcurrentDictionary<string, bool> _variants = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _written = new();
    private readonly ConcurrentQueue<FieldViolation> _failures = new();

    /// <param name="files">Slices with different file names.</param>
    /// <param name="cancellationToken">Stops; what is written stays.</param>
    public async Task<SegmentOutcome> RunAsync(IReadOnlyList<string> files, CancellationToken cancellationToken)
    {
        // Answers carry the index, so a broken call is made again with what it left unanswered.
        var open = new ConcurrentDictionary<ulong, string>(files.Select((file, i) => KeyValuePair.Create((ulong)i, file)));
        await services.Retry.RunAsync(
            "inference",
            async progressed =>
            {
                await SegmentAsync(open, files.Count, progressed, cancellationToken);
                return open.Count;
            },
            cancellationToken);
        return new SegmentOutcome([.. _written.Order(StringComparer.Ordinal)], [.. _failures.OrderBy(f => f.Field, StringComparer.Ordinal)],
            [.. _variants.Keys.Order(StringComparer.Ordinal)]);
    }

    private async Task SegmentAsync(
        ConcurrentDictionary<ulong, string> open, int total, Action progressed, CancellationToken cancellationToken)
    {
        if (open.IsEmpty)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = services.Inference.SegmentSlices(services.Call(ServiceConnection.Long, stop.Token));
        using var slots = new SemaphoreSlim(InFlight);
        var sending = SendAsync(call.RequestStream, open.OrderBy(slice => slice.Key).ToList(), open, slots, stop.Token);
        try
        {
            while (await call.ResponseStream.MoveNext(cancellationToken))
            {
                var answer = call.ResponseStream.Current;
                if (open.TryGetValue(answer.Id, out var file))
                {
                    await KeepAsync(answer, file, cancellationToken);
                    open.TryRemove(answer.Id, out _);
                    slots.Release();
                    progressed();
                    board.Report("segmenting", total - open.Count, total, "slices");
                }
            }

            await sending;
        }
        finally
        {
            await stop.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (!open.IsEmpty)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, "inference ended the stream before every slice was answered"));
        }
    }

    private async Task SendAsync(
        IClientStreamWriter<SegmentSliceRequest> requests, List<KeyValuePair<ulong, string>> slices,
        ConcurrentDictionary<ulong, string> open, SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        foreach (var (id, file) in slices)
        {
            await slots.WaitAsync(cancellationToken);
            byte[] content;
            try
            {
                content = await File.ReadAllBytesAsync(file, cancellationToken);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _failures.Enqueue(new FieldViolation(Path.GetFileName(file), error.Message));
                open.TryRemove(id, out _);
                slots.Release();
                continue;
            }

            var request = new SegmentSliceRequest { Id = id, Model = model, Variant = variant, Png = UnsafeByteOperations.UnsafeWrap(content) };
            await requests.SendAsync(request, cancellationToken);
        }

        await requests.CompleteAsync();
    }

    private async Task KeepAsync(SegmentSliceResponse answer, string file, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(file);
        if (answer.Error is { } error)
        {
            _failures.Enqueue(new FieldViolation(name, error.Message));
            return;
        }

        var labels = new ByteImage((int)answer.Labels.Width, (int)answer.Labels.Height, answer.Labels.Pixels.ToByteArray());
        var path = Path.Combine(folder, name);
        await AtomicFile.WriteAsync(path, Png.WriteGrey(labels), cancellationToken);
        _variants.TryAdd(answer.Variant, true);
        _written.Enqueue(path);
    }
}
