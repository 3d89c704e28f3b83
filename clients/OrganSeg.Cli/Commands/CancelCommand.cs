using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg cancel</c>: stops a run after its current step.</summary>
internal static class CancelCommand
{
    private static readonly Argument<string> RunArgument = new("RUN") { Description = "The run, as 'organseg runs' names it." };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("cancel", "Stop a run after its current step; its last checkpoint stays.") { RunArgument };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var run = await services.Retry.RunAsync(
            "trainer",
            () => services.Trainer.CancelRunAsync(
                new CancelRunRequest { RunId = context.Get(RunArgument) },
                services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        context.Output.Line($"run {run.RunId} is asked to stop; 'organseg resume {run.RunId}' continues it");
        context.Output.Json(RunView.Json(run));
        return ExitCode.Done;
    }
}
