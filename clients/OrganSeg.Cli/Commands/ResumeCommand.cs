using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg resume</c>: continues a run from its last checkpoint, watched live.</summary>
internal static class ResumeCommand
{
    private static readonly Argument<string> RunArgument = new("RUN") { Description = "A cancelled or failed run." };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("resume", "Continue a cancelled or failed run from its last checkpoint.") { RunArgument };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var run = await services.Trainer.ResumeRunAsync(
            new ResumeRunRequest { RunId = context.Get(RunArgument) },
            services.Call(ServiceConnection.Short, cancellationToken));
        var result = await RunWatcher.FollowAsync(services, run, context.Output, cancellationToken);
        RunView.Show(context.Output, result);
        context.Output.Json(RunView.Json(result.Run, result.Best));
        return ExitCode.Done;
    }
}
