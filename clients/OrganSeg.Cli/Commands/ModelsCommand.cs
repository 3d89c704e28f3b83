using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg models</c>: what is published.</summary>
internal static class ModelsCommand
{
    private static readonly Argument<string> NameArgument = new("NAME") { Description = "An alias, a model, or model@version." };

    public static Command Create(CommandLine.CommandAction action)
    {
        var card = new Command("card", "Print a model's card: training, latest evaluation, limits.") { NameArgument };
        action(card, ShowCardAsync);
        var command = new Command("models", "List models and their aliases.") { card, ModelCopyCommand.Create(action) };
        action(command, ListAsync);
        return command;
    }

    private static async Task<int> ShowCardAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var card = await services.Retry.RunAsync(
            "inference",
            () => services.Inference.GetModelCardAsync(
                new GetModelCardRequest { Name = context.Get(NameArgument) },
                services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        context.Output.Text(card.Markdown);
        context.Output.Json(new { card.Model, card.Version, card.Markdown });
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
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
