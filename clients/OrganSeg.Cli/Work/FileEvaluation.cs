using System.Collections.Concurrent;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Imaging;
using OrganSeg.Imaging.Volumes;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Sends label maps of any origin to the Evaluator.</summary>
/// <param name="header">First message.</param>
/// <param name="maps">All images, or all volumes.</param>
/// <param name="references">Reads references.</param>
/// <param name="predictions">Reads predictions.</param>
internal sealed class FileEvaluation(ScoreHeader header, IReadOnlyList<LabelMaps> maps, LabelReader references, LabelReader predictions)
{
    private const int ChunkBytes = 1 << 20;

    // Below what the service accepts in one message.
    private const int MaxImageBytes = 60 << 20;

    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(10);

    // A prediction and its reference may have been rounded differently on their way into a file.
    private const double MaxShiftShare = 0.1;

    private readonly ConcurrentDictionary<string, TaskCompletionSource<bool>> _answers = new(StringComparer.Ordinal);

    /// <summary>Scores them. A lost connection starts it again: only whole reports are stored, and volumes that were measured
    /// are known by their files.</summary>
    public Task<Report> RunAsync(ServiceConnection services, IProgressBoard board, CancellationToken cancellationToken) =>
        services.Retry.RunAsync("evaluator", progressed => ScoreAsync(services, board, progressed, cancellationToken), cancellationToken);

    private async Task<Report> ScoreAsync(
        ServiceConnection services, IProgressBoard board, Action progressed, CancellationToken cancellationToken)
    {
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = services.Evaluator.Score(services.Call(ServiceConnection.Long, sending.Token));
        _answers.Clear();
        var answer = ReceiveAsync(call.ResponseStream, board, progressed, sending, cancellationToken);
        try
        {
            await SendAsync(call.RequestStream, board, sending.Token);
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException or OperationCanceledException
            && !cancellationToken.IsCancellationRequested)
        {
            // The service has closed the call, and its answer says why; unless it was this side that could not send.
            if (await Task.WhenAny(answer, Task.Delay(AnswerPatience, cancellationToken)) != answer)
            {
                await sending.CancelAsync();
                await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                throw;
            }
        }
        catch
        {
            await sending.CancelAsync();
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await answer;
    }

    private async Task<Report> ReceiveAsync(
        IAsyncStreamReader<EvaluateResponse> responses,
        IProgressBoard board,
        Action progressed,
        CancellationTokenSource sending,
        CancellationToken cancellationToken)
    {
        try
        {
            return await Answers.ReadAsync(
                responses,
                response =>
                {
                    if (response.Volume is { } volume)
                    {
                        progressed();
                        AnswerOf(volume.Name).TrySetResult(volume.Wanted);
                    }

                    return response.Progress;
                },
                response => response.Report,
                "the evaluator ended without a report",
                board,
                cancellationToken);
        }
        catch
        {
            // Whoever waits for an answer waits in vain.
            await sending.CancelAsync();
            throw;
        }
    }

    private async Task SendAsync(IClientStreamWriter<ScoreRequest> requests, IProgressBoard board, CancellationToken cancellationToken)
    {
        await requests.SendAsync(new ScoreRequest { Header = header }, cancellationToken);
        for (var i = 0; i < maps.Count; i++)
        {
            if (maps[i].IsVolume)
            {
                await SendVolumeAsync(requests, maps[i], cancellationToken);
                board.Report("sending", i + 1, maps.Count, "volumes");
            }
            else
            {
                await SendImageAsync(requests, maps[i], cancellationToken);
                board.Report("sending", i + 1, maps.Count, "pairs");
            }
        }

        await requests.CompleteAsync();
    }

    private async Task SendImageAsync(IClientStreamWriter<ScoreRequest> requests, LabelMaps map, CancellationToken cancellationToken)
    {
        var pair = new LabelPair { Name = map.Name, Reference = ToRaster(await references.ReadImageAsync(map.Reference, cancellationToken)) };
        foreach (var (file, i) in map.Predictions.Select((file, i) => (file, i)))
        {
            var raster = ToRaster(await predictions.ReadImageAsync(file, cancellationToken));
            if (i == 0)
            {
                pair.Prediction = raster;
            }
            else
            {
                pair.MorePredictions.Add(raster);
            }
        }

        if (pair.CalculateSize() > MaxImageBytes)
        {
            throw OrganSegException.Invalid(
                map.Reference, $"and its predictions have {pair.CalculateSize() >> 20} MiB of pixels; at most {MaxImageBytes >> 20} MiB can be compared at once");
        }

        await requests.SendAsync(new ScoreRequest { Pair = pair }, cancellationToken);
    }

    private async Task SendVolumeAsync(IClientStreamWriter<ScoreRequest> requests, LabelMaps map, CancellationToken cancellationToken)
    {
        var (geometry, reference) = await references.ReadVolumeAsync(map.Reference, cancellationToken);
        var offer = new LabelVolumes
        {
            Name = map.Name,
            Columns = (uint)geometry.Columns.Length,
            Rows = (uint)geometry.Rows.Length,
            Planes = (uint)geometry.Slices.Length,
            ColumnMm = geometry.Spacing.ColumnMm,
            RowMm = geometry.Spacing.RowMm,
            PlaneMm = geometry.SliceDistance,
            VoxelMillilitres = geometry.VoxelMillilitres,
        };
        offer.Sha256.Add(await references.HashAsync(map.Reference, cancellationToken));
        foreach (var file in map.Predictions)
        {
            offer.Sha256.Add(await predictions.HashAsync(file, cancellationToken));
        }

        await requests.SendAsync(new ScoreRequest { Volumes = offer }, cancellationToken);
        if (!await AnswerOf(map.Name).Task.WaitAsync(cancellationToken))
        {
            return;
        }

        await SendPlanesAsync(requests, 0, reference, cancellationToken);
        for (var i = 0; i < map.Predictions.Count; i++)
        {
            var (other, prediction) = await predictions.ReadVolumeAsync(map.Predictions[i], cancellationToken);
            Check(map.Predictions[i], other, map.Reference, geometry);
            await SendPlanesAsync(requests, (uint)(i + 1), prediction, cancellationToken);
        }
    }

    private static async Task SendPlanesAsync(
        IClientStreamWriter<ScoreRequest> requests, uint map, IReadOnlyList<byte[]> slices, CancellationToken cancellationToken)
    {
        foreach (var chunk in slices.Chunk(Math.Max(1, ChunkBytes / slices[0].Length)))
        {
            var data = UnsafeByteOperations.UnsafeWrap(chunk.Length == 1 ? chunk[0] : [.. chunk.SelectMany(slice => slice)]);
            await requests.SendAsync(new ScoreRequest { Planes = new LabelPlanes { Map = map, Data = data } }, cancellationToken);
        }
    }

    /// <summary>Voxels are compared one to one, so both files must mean the same places.</summary>
    private static void Check(string file, VolumeGeometry geometry, string referenceFile, VolumeGeometry reference)
    {
        int[] Size(VolumeGeometry of) => [of.Columns.Length, of.Rows.Length, of.Slices.Length];
        if (!Size(geometry).SequenceEqual(Size(reference)))
        {
            throw OrganSegException.Invalid(
                file, $"has {string.Join('×', Size(geometry))} voxels (columns, rows, slices), {referenceFile} {string.Join('×', Size(reference))}; resample one of them");
        }

        foreach (var (column, row, slice) in ((int, int, int)[])[(0, 0, 0), (geometry.Columns.Length - 1, geometry.Rows.Length - 1, geometry.Slices.Length - 1)])
        {
            var (here, there) = (Place(geometry, column, row, slice), Place(reference, column, row, slice));
            var shift = Math.Sqrt(here.Zip(there, (a, b) => (a - b) * (a - b)).Sum());
            var most = MaxShiftShare * Math.Min(Math.Min(reference.Spacing.ColumnMm, reference.Spacing.RowMm), reference.SliceDistance);
            if (shift > most)
            {
                throw OrganSegException.Invalid(
                    file, FormattableString.Invariant($"lies elsewhere than {referenceFile}: the same voxel is {shift:0.###} mm away; resample one of them"));
            }
        }
    }

    private static double[] Place(VolumeGeometry geometry, int column, int row, int slice)
    {
        var voxel = new int[3];
        voxel[geometry.Columns.Index] = geometry.Columns.At(column);
        voxel[geometry.Rows.Index] = geometry.Rows.At(row);
        voxel[geometry.Slices.Index] = geometry.Slices.At(slice);
        return [.. Enumerable.Range(0, 3).Select(axis =>
            Enumerable.Range(0, 3).Sum(i => geometry.Affine[(4 * axis) + i] * voxel[i]) + geometry.Affine[(4 * axis) + 3])];
    }

    private static Raster ToRaster(ByteImage labels) => new()
    {
        Width = (uint)labels.Width,
        Height = (uint)labels.Height,
        Pixels = UnsafeByteOperations.UnsafeWrap(labels.Pixels),
    };

    private TaskCompletionSource<bool> AnswerOf(string name) =>
        _answers.GetOrAdd(name, _ => new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
}
