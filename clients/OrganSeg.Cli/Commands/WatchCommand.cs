using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg runs watch</c>: follows a run to its end, or shows one that has ended. Stopping it stops nothing.</summary>
internal static class WatchCommand
{
    private static readonly Argument<string> RunArgument = new("RUN") { Description = "The run, as 'organseg runs' names it." };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("watch", "Follow a run to its end; Ctrl-C leaves it alone.") { RunArgument };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var run = await services.Retry.RunAsync(
            "trainer",
            () => services.Trainer.GetRunAsync(
                new GetRunRequest { RunId = context.Get(RunArgument) }, services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        var result = await RunWatcher.FollowAsync(services, run, context.Output, cancellationToken, onlyLooks: true);
        RunView.Show(context.Output, result);
        context.Output.Json(RunView.Json(result.Run, result.Best));
        return ExitCode.Done;
    }
}
