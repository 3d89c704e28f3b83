using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Asks the Evaluator for a report.</summary>
internal static class Evaluation
{
    /// <summary>Scores models on a split. A lost connection starts it again: only whole reports are stored.</summary>
    public static Task<Report> OfModelsAsync(
        ServiceConnection services, EvaluateRequest request, IProgressBoard board, CancellationToken cancellationToken) =>
        services.Retry.RunAsync(
            "evaluation",
            async _ =>
            {
                using var call = services.Evaluator.Evaluate(request, services.Call(ServiceConnection.Long, cancellationToken));
                return await ReceiveAsync(call.ResponseStream, board, cancellationToken);
            },
            cancellationToken);

    /// <summary>Pairs label maps by file name.</summary>
    /// <returns>Prediction and reference, ordered by name.</returns>
    /// <exception cref="OrganSegException">A file has no counterpart; each is named.</exception>
    public static IReadOnlyList<(string Prediction, string Reference)> Pair(string predictions, string references)
    {
        var (left, right) = (SliceFiles.Folder(predictions), SliceFiles.Folder(references));
        FieldViolation[] violations =
        [
            .. left.Keys.Where(name => !right.ContainsKey(name)).Select(name => new FieldViolation(name, $"has no counterpart in {references}")),
            .. right.Keys.Where(name => !left.ContainsKey(name)).Select(name => new FieldViolation(name, $"has no counterpart in {predictions}")),
        ];
        return violations.Length > 0
            ? throw new OrganSegException(violations)
            : [.. left.Select(file => (file.Value, right[file.Key]))];
    }

    /// <summary>Scores label maps of any origin.</summary>
    public static Task<Report> OfFilesAsync(
        ServiceConnection services, IReadOnlyList<(string Prediction, string Reference)> pairs, GateDocument? gate,
        IProgressBoard board, CancellationToken cancellationToken) =>
        services.Retry.RunAsync(
            "evaluator", _ => ScoreAsync(services, pairs, gate, board, cancellationToken), cancellationToken);

    private static async Task<Report> ScoreAsync(
        ServiceConnection services, IReadOnlyList<(string Prediction, string Reference)> pairs, GateDocument? gate,
        IProgressBoard board, CancellationToken cancellationToken)
    {
        using var sending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var call = services.Evaluator.Score(services.Call(ServiceConnection.Long, sending.Token));
        var answer = ReceiveAsync(call.ResponseStream, board, cancellationToken);
        try
        {
            await SendAsync(call.RequestStream, pairs, gate, board, cancellationToken);
        }
        catch (Exception error) when (error is RpcException or InvalidOperationException)
        {
            // The service has closed the call; its answer says why.
        }
        catch
        {
            await sending.CancelAsync();
            await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }

        return await answer;
    }

    private static async Task SendAsync(
        IClientStreamWriter<ScoreRequest> requests, IReadOnlyList<(string Prediction, string Reference)> pairs, GateDocument? gate,
        IProgressBoard board, CancellationToken cancellationToken)
    {
        await requests.SendAsync(new ScoreRequest { Header = new ScoreHeader { Gate = gate } }, cancellationToken);
        for (var i = 0; i < pairs.Count; i++)
        {
            var pair = new LabelPair
            {
                Name = Path.GetFileName(pairs[i].Prediction),
                Prediction = await ReadAsync(pairs[i].Prediction, cancellationToken),
                Reference = await ReadAsync(pairs[i].Reference, cancellationToken),
            };
            await requests.SendAsync(new ScoreRequest { Pair = pair }, cancellationToken);
            board.Report("sending", i + 1, pairs.Count, "pairs");
        }

        await requests.CompleteAsync();
    }

    private static async Task<Raster> ReadAsync(string file, CancellationToken cancellationToken)
    {
        var labels = Png.ReadLabels(await File.ReadAllBytesAsync(file, cancellationToken), file);
        return new Raster
        {
            Width = (uint)labels.Width,
            Height = (uint)labels.Height,
            Pixels = UnsafeByteOperations.UnsafeWrap(labels.Pixels),
        };
    }

    private static Task<Report> ReceiveAsync(
        IAsyncStreamReader<EvaluateResponse> responses, IProgressBoard board, CancellationToken cancellationToken) =>
        Answers.ReadAsync(
            responses, answer => answer.Progress, answer => answer.Report, "the evaluator ended without a report", board, cancellationToken);
}
