using System.CommandLine;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg import</c>: weights that were trained elsewhere, published as a model version.</summary>
internal static class ImportCommand
{
    private static readonly Option<string> ArchitectureOption = new("--architecture")
    {
        Description = "The network the weights belong to, such as organsegnet or deeplabv3-resnet50.",
        Required = true,
    };

    private static readonly Option<string> WeightsOption = new("--weights")
    {
        Description = "The weights under PyTorch's parameter names.",
        HelpName = "FILE.safetensors",
        Required = true,
    };

    private static readonly Option<string> ModelOption = new("--model")
    {
        Description = "Name of the model to publish.",
        Required = true,
    };

    private static readonly Option<string?> DatasetOption = new("--dataset")
    {
        Description = "Dataset or dataset@version that gives class names, preprocessing and real slices to compare on.",
    };

    private static readonly Option<string[]> LabelsOption = new("--labels")
    {
        Description = "Names of all classes, background first; without dataset only.",
        HelpName = "NAME,NAME,…",
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(','))],
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<Dictionary<string, string>> SetOption = Usage.KeyValues(
        "--set", "A setting of the network: width, classes, inputChannels, dilation, auxiliary. All but dilation are found from the file; may be repeated.");

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("import", "Publish weights that were trained elsewhere as a model version.")
        {
            ArchitectureOption, WeightsOption, ModelOption, DatasetOption, LabelsOption, SetOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(context.Get(WeightsOption)!);
        WeightsFile.Check(path);
        var header = new ImportModelHeader
        {
            Architecture = context.Get(ArchitectureOption),
            Model = context.Get(ModelOption),
            Dataset = context.Get(DatasetOption) ?? "",
            Labels = { context.Get(LabelsOption)! },
            Settings = { context.Get(SetOption)! },
            FileName = Path.GetFileName(path),
        };
        await using var services = await context.ConnectAsync(cancellationToken);
        var model = await context.Output.WithProgressAsync(
            board => WeightsImporter.RunAsync(services, header, path, board, cancellationToken));
        Show(context.Output, model);
        context.Output.Json(Json(model));
        return ExitCode.Done;
    }

    private static void Show(Output output, ImportedModel model)
    {
        foreach (var note in model.Notes)
        {
            output.Note(note);
        }

        var settings = string.Join(", ", model.Settings.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}"));
        output.Line($"{model.Name}@{model.Version}: {model.Architecture}, {settings}, {model.Parameters / 1e6:0.00} M parameters");
        output.Line(
            $"ONNX Runtime against TorchSharp on {model.Samples} images ({model.RealSamples} real): relative error of the logits "
            + $"{model.RelativeL2:0.0E+0}, labels agree on {model.LabelAgreement:P3} of the pixels");
    }

    private static object Json(ImportedModel model) => new
    {
        Model = model.Name,
        model.Version,
        model.Architecture,
        Settings = model.Settings.OrderBy(pair => pair.Key, StringComparer.Ordinal).ToDictionary(),
        LabelSchema = model.LabelSchema.Select(c => new { c.Id, c.Name }),
        model.Parameters,
        model.OnnxSha256,
        model.OnnxBytes,
        Parity = new { model.RelativeL2, model.LabelAgreement, model.Samples, model.RealSamples },
        Notes = model.Notes.ToArray(),
    };
}
