using Grpc.Core;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Reads answers that are progress and, at the end, a result.</summary>
internal static class Answers
{
    /// <summary>Reads to the end, and shows progress meanwhile.</summary>
    /// <param name="responses">The answers.</param>
    /// <param name="progress">The progress in an answer, if any.</param>
    /// <param name="result">The result in an answer, if any.</param>
    /// <param name="missing">What to say when there was no result.</param>
    /// <param name="board">Shows progress.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: there was no result.</exception>
    public static async Task<TResult> ReadAsync<TResponse, TResult>(
        IAsyncStreamReader<TResponse> responses,
        Func<TResponse, Progress?> progress,
        Func<TResponse, TResult?> result,
        string missing,
        IProgressBoard board,
        CancellationToken cancellationToken)
        where TResult : class
    {
        TResult? last = null;
        while (await responses.MoveNext(cancellationToken))
        {
            last = result(responses.Current) ?? last;
            if (progress(responses.Current) is { } step)
            {
                board.Report(step.Stage, step.Done, step.Total, step.SoFar.Length > 0 ? $"{step.Unit}, F1 so far {step.SoFar}" : step.Unit);
            }
        }

        return last ?? throw new OrganSegException(ErrorKind.Dependency, missing);
    }
}
