using System.CommandLine;
using System.Text.Json.Nodes;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg quantize</c>: an 8-bit form of a published model, as a new version of it.</summary>
internal static class QuantizeCommand
{
    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "Alias, model (its newest version) or model@version.",
        Required = true,
    };

    private static readonly Option<string> DatasetOption = new("--dataset")
    {
        Description = "Dataset or dataset@version: training slices are observed, validation slices are scored.",
        Required = true,
    };

    private static readonly Option<string> MethodOption = new Option<string>("--method")
    {
        Description = "How the range of a value follows from what is observed of it.",
        DefaultValueFactory = _ => "min-max",
    }.AcceptOnlyFromAmong("min-max", "percentile", "entropy");

    private static readonly Option<uint> CalibrationOption = new("--calibration-slices")
    {
        Description = "Most training slices to observe.",
        DefaultValueFactory = _ => 32,
    };

    private static readonly Option<uint> ValidationOption = new("--validation-slices")
    {
        Description = "Most validation slices to score.",
        DefaultValueFactory = _ => 200,
    };

    private static readonly Option<double> ToleranceOption = new("--tolerance")
    {
        Description = "Most that an organ's F1 may fall for the 8-bit form to be published.",
        DefaultValueFactory = _ => 0.005,
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("quantize", "Publish an 8-bit form of a model, if it is as good as the float one.")
        {
            ModelOption, DatasetOption, MethodOption, CalibrationOption, ValidationOption, ToleranceOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var request = new QuantizeModelRequest
        {
            Model = context.Get(ModelOption),
            Dataset = context.Get(DatasetOption),
            Method = context.Get(MethodOption),
            CalibrationSlices = context.Get(CalibrationOption),
            ValidationSlices = context.Get(ValidationOption),
            Tolerance = context.Get(ToleranceOption),
        };
        await using var services = await context.ConnectAsync(cancellationToken);
        var result = await context.Output.WithProgressAsync(board => FollowAsync(services, request, board, cancellationToken));
        context.Output.Line(result.Summary);
        if (result.Published)
        {
            context.Output.Line($"published {result.Model}@{result.Version}");
        }
        else
        {
            context.Output.Error($"{result.Model}@{result.Version} was not quantized: no 8-bit form is as good as the float model; nothing was published");
        }

        context.Output.Json(new
        {
            result.Published,
            result.Model,
            result.Version,
            result.Summary,
            Certificate = JsonNode.Parse(result.CertificateJson),
        });
        return result.Published ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<QuantizedModel> FollowAsync(
        ServiceConnection services, QuantizeModelRequest request, IProgressBoard board, CancellationToken cancellationToken)
    {
        using var call = services.Trainer.QuantizeModel(request, services.Call(ServiceConnection.Long, cancellationToken));
        return await Answers.ReadAsync(
            call.ResponseStream,
            answer => answer.Progress,
            answer => answer.Result,
            "the trainer ended without a result",
            board,
            cancellationToken);
    }
}
