using Grpc.Core;
using OrganSeg.Inference.Serving;
using OrganSeg.V1;

namespace OrganSeg.Inference.Rpc;

/// <summary>One SegmentVolume call.</summary>
internal sealed class VolumeStream(VolumeSegmenter segmenter, string client)
{
    private static readonly TimeSpan ProgressPeriod = TimeSpan.FromSeconds(0.25);

    public async Task RunAsync(
        IAsyncStreamReader<SegmentVolumeRequest> requests,
        IServerStreamWriter<SegmentVolumeResponse> responses,
        CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken)
            || requests.Current.PartCase != SegmentVolumeRequest.PartOneofCase.Options)
        {
            throw OrganSegException.Invalid("options", "are missing; send them before the file's chunks.");
        }

        await using var file = new VolumeChunks(requests);
        var (done, total) = (0, 0);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var work = segmenter.SegmentAsync(
            requests.Current.Options, file, client, (now, all) => (done, total) = (now, all), stop.Token);
        try
        {
            using var timer = new PeriodicTimer(ProgressPeriod);
            while (!work.IsCompleted)
            {
                await Task.WhenAny(work, timer.WaitForNextTickAsync(cancellationToken).AsTask());
                cancellationToken.ThrowIfCancellationRequested();
                if (total > 0)
                {
                    await responses.WriteAsync(Report(done, total), cancellationToken);
                }
            }
        }
        finally
        {
            await stop.CancelAsync();
            // Nobody may still work on the call's streams when it ends.
            await ((Task)work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        var segmented = await work;
        await responses.WriteAsync(Report(total, total), cancellationToken);
        await responses.WriteAsync(new SegmentVolumeResponse { Result = segmented.Result }, cancellationToken);
        await using var chunks = new LabelChunks(responses);
        await segmented.File.WriteLabelsAsync(chunks, segmented.Labels, segmented.File.IsCompressed, cancellationToken);
        await chunks.SendAsync(cancellationToken);
    }

    private static SegmentVolumeResponse Report(int done, int total) =>
        new() { Progress = new Progress { Stage = "segment", Done = done, Total = total, Unit = "slice" } };
}
