using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg runs</c>: what was trained, or is.</summary>
internal static class RunsCommand
{
    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("runs", "List training runs, newest first.") { WatchCommand.Create(action) };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var answer = await services.Retry.RunAsync(
            "trainer",
            () => services.Trainer.ListRunsAsync(new ListRunsRequest(), services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        RunView.Show(context.Output, answer.Runs);
        context.Output.Json(new { Runs = answer.Runs.Select(run => RunView.Json(run)) });
        return ExitCode.Done;
    }
}
