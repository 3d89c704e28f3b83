using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Contracts;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Segments volumes one after the other and writes a label volume for each.</summary>
internal sealed class VolumeSegmenter(ServiceConnection services, VolumeOptions options, string folder, IProgressBoard board)
{
    private const int ChunkBytes = 1 << 20;

    private readonly List<string> _written = [];
    private readonly List<FieldViolation> _failures = [];
    private readonly SortedDictionary<string, VolumeResult> _results = new(StringComparer.Ordinal);

    /// <summary>What was found in each file, by name.</summary>
    public IReadOnlyDictionary<string, VolumeResult> Results => _results;

    /// <param name="volumes">With different names.</param>
    /// <param name="cancellationToken">Stops; what is written stays.</param>
    public async Task<SegmentOutcome> RunAsync(IReadOnlyList<VolumeInput> volumes, CancellationToken cancellationToken)
    {
        foreach (var volume in volumes)
        {
            var name = volume.Name;
            try
            {
                _results[name] = await services.Retry.RunAsync(
                    "inference", progressed => SegmentAsync(volume, progressed, cancellationToken), cancellationToken);
                _written.Add(Path.Combine(folder, name));
            }
            catch (RpcException error) when (error.StatusCode is StatusCode.InvalidArgument or StatusCode.DataLoss)
            {
                // This file's fault; the others may be fine.
                _failures.Add(new FieldViolation(name, GrpcErrors.ToOrganSegException(error).Message));
            }
            catch (IOException error)
            {
                _failures.Add(new FieldViolation(name, error.Message));
            }
        }

        return new SegmentOutcome(_written, _failures, [.. _results.Values.Select(result => result.Variant).Distinct()]);
    }

    private async Task<VolumeResult> SegmentAsync(VolumeInput volume, Action progressed, CancellationToken cancellationToken)
    {
        var name = volume.Name;
        await using var input = await volume.OpenAsync(cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = services.Inference.SegmentVolume(services.Call(ServiceConnection.Long, stop.Token));
        var sending = SendAsync(call.RequestStream, input, stop.Token);
        var path = Path.Combine(folder, name);
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        VolumeResult? result = null;
        try
        {
            await using (var output = File.Create(temporary))
            {
                while (await call.ResponseStream.MoveNext(cancellationToken))
                {
                    var answer = call.ResponseStream.Current;
                    switch (answer.PartCase)
                    {
                        case SegmentVolumeResponse.PartOneofCase.Progress:
                            board.Report(name, answer.Progress.Done, answer.Progress.Total, "slices");
                            break;
                        case SegmentVolumeResponse.PartOneofCase.Result:
                            result = answer.Result;
                            progressed();
                            break;
                        case SegmentVolumeResponse.PartOneofCase.Chunk:
                            await output.WriteAsync(answer.Chunk.Memory, cancellationToken);
                            break;
                    }
                }
            }

            await sending;
            File.Move(temporary, path, overwrite: true);
            return result ?? throw new RpcException(new Status(StatusCode.Unavailable, "inference ended the call without a result"));
        }
        finally
        {
            await stop.CancelAsync();
            await sending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            File.Delete(temporary);
        }
    }

    private async Task SendAsync(IClientStreamWriter<SegmentVolumeRequest> requests, Stream file, CancellationToken cancellationToken)
    {
        await requests.SendAsync(new SegmentVolumeRequest { Options = options }, cancellationToken);
        var buffer = new byte[ChunkBytes];
        while (await file.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            await requests.SendAsync(new SegmentVolumeRequest { Chunk = ByteString.CopyFrom(buffer, 0, read) }, cancellationToken);
        }

        await requests.CompleteAsync();
    }
}
