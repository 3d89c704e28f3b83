using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg promote</c>: moves an alias to a model, or back.</summary>
internal static class PromoteCommand
{
    private static readonly Argument<string?> ModelArgument = new("MODEL")
    {
        Description = "Model (its newest version), model@version or another alias.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<string> AliasOption = new("--alias")
    {
        Description = "The alias to move.",
        DefaultValueFactory = _ => SegmentCommand.DefaultModel,
    };

    private static readonly Option<string?> RollBackOption = new("--roll-back")
    {
        Description = "Point this alias back at what it named before.",
        HelpName = "ALIAS",
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("promote", "Point an alias at a model version, or back at the one before.")
        {
            ModelArgument, AliasOption, RollBackOption,
        };
        command.Validators.Add(result =>
        {
            var (model, back) = (result.GetResult(ModelArgument)?.Tokens.Count > 0, result.GetResult(RollBackOption) is not null);
            if (model == back)
            {
                result.AddError("Give either MODEL or --roll-back ALIAS.");
            }
            else if (back && result.GetResult(AliasOption) is { Implicit: false })
            {
                result.AddError("--roll-back names the alias itself; leave --alias out.");
            }
        });
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var options = services.Call(ServiceConnection.Short, cancellationToken);
        // Neither is made again by itself: rolling back twice is something else than once.
        var alias = context.Get(RollBackOption) is { } back
            ? await services.Inference.RollBackAsync(new RollBackRequest { Alias = back }, options)
            : await services.Inference.PromoteAsync(
                new PromoteRequest { Alias = context.Get(AliasOption), Model = context.Get(ModelArgument) }, options);
        ModelView.Show(context.Output, alias);
        context.Output.Json(ModelView.Json(alias));
        return ExitCode.Done;
    }
}
