using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg models</c>: what is published.</summary>
internal static class ModelsCommand
{
    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("models", "List models and their aliases.");
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var answer = await services.Retry.RunAsync(
            "inference",
            () => services.Inference.ListModelsAsync(new ListModelsRequest(), services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        ModelView.Show(context.Output, answer.Models);
        foreach (var alias in answer.Aliases)
        {
            ModelView.Show(context.Output, alias);
        }

        context.Output.Json(new { Models = answer.Models.Select(ModelView.Json), Aliases = answer.Aliases.Select(ModelView.Json) });
        return ExitCode.Done;
    }
}
