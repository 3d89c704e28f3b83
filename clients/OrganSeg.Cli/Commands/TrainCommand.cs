using System.CommandLine;
using System.Globalization;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg train</c>: a run, watched live, that publishes a model version.</summary>
internal static class TrainCommand
{
    private static readonly Option<string> DatasetOption = new("--dataset")
    {
        Description = "Dataset (its newest version) or dataset@version.",
        Required = true,
    };

    private static readonly Option<string> ArchitectureOption = new("--architecture")
    {
        Description = "organsegnet, deeplabv3-resnet50, unet, attention-unet or attention-unet-oktay.",
        Required = true,
    };

    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "Name of the model to publish.",
        Required = true,
    };

    private static readonly Option<Dictionary<string, string>> SetOption = Usage.KeyValues(
        "--set", "A field of the run's specification, such as width=16, epochs=20, minutes=15, batchSize=8; may be repeated.");

    private static readonly Option<int?> FoldsOption = new("--folds")
    {
        Description = "Cross-validate by patient: train a network for each of so many folds, and publish their mean as the model.",
        HelpName = "K",
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("train", "Train a network and publish it as a model version.")
        {
            DatasetOption, ArchitectureOption, ModelOption, FoldsOption, SetOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var request = new StartRunRequest
        {
            Dataset = context.Get(DatasetOption),
            Architecture = context.Get(ArchitectureOption),
            Model = context.Get(ModelOption),
            Settings = { context.Get(SetOption)! },
        };
        if (context.Get(FoldsOption) is { } folds)
        {
            request.Settings["folds"] = folds.ToString(CultureInfo.InvariantCulture);
        }

        await using var services = await context.ConnectAsync(cancellationToken);
        var run = await services.Trainer.StartRunAsync(request, services.Call(ServiceConnection.Short, cancellationToken));
        context.Output.Note($"run {run.RunId}");
        var result = await RunWatcher.FollowAsync(services, run, context.Output, cancellationToken);
        RunView.Show(context.Output, result);
        context.Output.Json(RunView.Json(result.Run, result.Best));
        return ExitCode.Done;
    }
}
