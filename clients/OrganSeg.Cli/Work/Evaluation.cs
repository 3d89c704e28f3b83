using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
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

    private static Task<Report> ReceiveAsync(
        IAsyncStreamReader<EvaluateResponse> responses, IProgressBoard board, CancellationToken cancellationToken) =>
        Answers.ReadAsync(
            responses, answer => answer.Progress, answer => answer.Report, "the evaluator ended without a report", board, cancellationToken);
}
