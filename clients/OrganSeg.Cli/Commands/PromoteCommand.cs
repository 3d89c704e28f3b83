using System.CommandLine;
using Grpc.Core;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg promote</c>: moves an alias to a model, or back, or gives a version a share of its requests.</summary>
internal static class PromoteCommand
{
    private static readonly Argument<string?> ModelArgument = new("MODEL")
    {
        Description = "Model (its newest version), model@version or another alias.",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => null,
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

    private static readonly Option<double?> CanaryOption = Share(
        "--canary", "Do not move the alias: let MODEL answer this share of the requests that come by it.");

    private static readonly Option<double?> ShadowOption = Share(
        "--shadow", "Do not move the alias: run MODEL beside on this share of the requests that come by it, only to compare.");

    private static readonly Option<string?> EndCanaryOption = new("--end-canary")
    {
        Description = "Let the alias's own version answer everything again.",
        HelpName = "ALIAS",
    };

    private static readonly Option<string?> EndShadowOption = new("--end-shadow")
    {
        Description = "Compare with nothing any more.",
        HelpName = "ALIAS",
    };

    private static readonly Option[] WithoutModel = [RollBackOption, EndCanaryOption, EndShadowOption];

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("promote", "Point an alias at a model version, or back; try a version on a share of its requests.")
        {
            ModelArgument, AliasOption, CanaryOption, ShadowOption, RollBackOption, EndCanaryOption, EndShadowOption,
        };
        command.Validators.Add(result =>
        {
            var (model, others) = (result.GetResult(ModelArgument)?.Tokens.Count > 0, WithoutModel.Count(option => result.GetResult(option) is not null));
            var shares = new[] { CanaryOption, ShadowOption }.Count(option => result.GetResult(option) is not null);
            if (others + (model ? 1 : 0) != 1)
            {
                result.AddError("Give either MODEL, or one of --roll-back, --end-canary and --end-shadow with an alias.");
            }
            else if (!model && result.GetResult(AliasOption) is { Implicit: false })
            {
                result.AddError("--roll-back, --end-canary and --end-shadow name the alias themselves; leave --alias out.");
            }
            else if (shares > (model ? 1 : 0))
            {
                result.AddError("Give --canary or --shadow with MODEL, one at a time.");
            }
        });
        action(command, RunAsync);
        return command;
    }

    private static Option<double?> Share(string name, string description)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "SHARE" };
        option.Validators.Add(result =>
        {
            if (!result.Errors.Any() && result.GetValueOrDefault<double?>() is not (> 0 and <= 1))
            {
                result.AddError($"{name} must be above 0 and at most 1.");
            }
        });
        return option;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        // Nothing is made again by itself: rolling back twice is something else than once.
        var alias = await ChangeAsync(context, services.Inference, services.Call(ServiceConnection.Short, cancellationToken));
        ModelView.Show(context.Output, alias);
        context.Output.Json(ModelView.Json(alias));
        return ExitCode.Done;
    }

    private static async Task<Alias> ChangeAsync(CommandContext context, InferenceService.InferenceServiceClient inference, CallOptions options)
    {
        var (alias, model) = (context.Get(AliasOption), context.Get(ModelArgument));
        if (context.Get(RollBackOption) is { } back)
        {
            return await inference.RollBackAsync(new RollBackRequest { Alias = back }, options);
        }

        if (context.Get(EndCanaryOption) is { } settled)
        {
            return await inference.SetCanaryAsync(new SetRolloutRequest { Alias = settled }, options);
        }

        if (context.Get(EndShadowOption) is { } compared)
        {
            return await inference.SetShadowAsync(new SetRolloutRequest { Alias = compared }, options);
        }

        if (context.Get(CanaryOption) is { } answers)
        {
            return await inference.SetCanaryAsync(new SetRolloutRequest { Alias = alias, Model = model, Share = answers }, options);
        }

        return context.Get(ShadowOption) is { } runs
            ? await inference.SetShadowAsync(new SetRolloutRequest { Alias = alias, Model = model, Share = runs }, options)
            : await inference.PromoteAsync(new PromoteRequest { Alias = alias, Model = model }, options);
    }
}
