using Grpc.Core;
using OrganSeg.Cli.Terminal;
using OrganSeg.Contracts;

namespace OrganSeg.Cli;

/// <summary>Turns whatever ended a command into lines on standard error and an exit code.</summary>
internal static class ErrorReport
{
    public static int Write(Output output, Exception error, bool stopped)
    {
        if (stopped && IsCancellation(error))
        {
            output.Note("stopped");
            return ExitCode.Interrupted;
        }

        foreach (var line in Lines(error))
        {
            output.Error(line);
        }

        return ExitCode.Failed;
    }

    /// <summary>One line for each thing that is wrong.</summary>
    public static IEnumerable<string> Lines(Exception error) => error switch
    {
        OrganSegException { Violations.Count: > 0 } known => known.Violations.Select(v => $"{v.Field}: {v.Description}"),
        OrganSegException known => [known.Message],
        // The server hides what happened and names the trace; a client-side failure has no such text.
        RpcException { StatusCode: StatusCode.Internal or StatusCode.Unknown } call => [call.Status.Detail],
        RpcException { StatusCode: StatusCode.DeadlineExceeded } => ["a service did not answer in time"],
        RpcException call => Lines(GrpcErrors.ToOrganSegException(call)),
        IOException or UnauthorizedAccessException => [error.Message],
        _ => [$"{error.GetType().Name}: {error.Message}", .. StackOf(error)],
    };

    private static bool IsCancellation(Exception error) => error
        is OperationCanceledException
        or RpcException { StatusCode: StatusCode.Cancelled }
        or OrganSegException { Kind: ErrorKind.Cancelled };

    /// <summary>What nobody expected is a defect of ours; its stack is what a report of it needs.</summary>
    private static string[] StackOf(Exception error) =>
        error.StackTrace?.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
}
