using System.CommandLine;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg segment</c>: slices in, label maps of the same names and sizes out.</summary>
internal static class SegmentCommand
{
    /// <summary>The alias that is used when no model is named.</summary>
    public const string DefaultModel = "production";

    private static readonly Argument<string[]> InputArgument = new("INPUT")
    {
        Description = "Grey PNG slices, or folders of them.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> ModelOption = new("--model")
    {
        Description = $"Alias, model (its newest version) or model@version; without, the alias {DefaultModel}.",
    };

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder for the label PNGs; the class id is the pixel value.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string?> VariantOption = Usage.Variant();

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("segment", "Segment slices with a published model.")
        {
            InputArgument, ModelOption, VariantOption, OutputOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(context.Get(OutputOption)!);
        var files = SliceFiles.Collect(context.Get(InputArgument));
        if (files.FirstOrDefault(file => Path.GetDirectoryName(file) == Path.TrimEndingDirectorySeparator(folder)) is { } own)
        {
            throw OrganSegException.Invalid("--output", $"holds the input {Path.GetFileName(own)}, which would be overwritten; name another folder");
        }

        await using var services = await context.ConnectAsync(cancellationToken);
        // One version for every slice, though an alias may move meanwhile.
        var model = await FindModelAsync(services, context.Get(ModelOption), cancellationToken);
        var version = $"{model.Name}@{model.Version}";
        Directory.CreateDirectory(folder);
        var outcome = await context.Output.WithProgressAsync(
            board => new Segmenter(services, version, context.Get(VariantOption) ?? "", folder, board).RunAsync(files, cancellationToken));
        foreach (var failure in outcome.Failures)
        {
            context.Output.Error($"{failure.Field}: {failure.Description}");
        }

        var form = outcome.Variants is [] or ["float32"] ? "" : $" ({string.Join(" and ", outcome.Variants)})";
        context.Output.Line($"{outcome.Written.Count} label maps by {version}{form} in {folder}");
        context.Output.Json(new
        {
            Model = model.Name,
            model.Version,
            outcome.Variants,
            Output = folder,
            Written = outcome.Written.Select(Path.GetFileName),
            Failed = outcome.Failures.Select(f => new { File = f.Field, Reason = f.Description }),
        });
        return outcome.Failures.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<Model> FindModelAsync(
        ServiceConnection services, string? name, CancellationToken cancellationToken)
    {
        try
        {
            return await services.Retry.RunAsync(
                "inference",
                () => services.Inference.GetModelAsync(
                    new GetModelRequest { Name = name ?? DefaultModel }, services.Call(ServiceConnection.Short, cancellationToken)),
                cancellationToken);
        }
        catch (Grpc.Core.RpcException error) when (name is null && error.StatusCode == Grpc.Core.StatusCode.NotFound)
        {
            throw new OrganSegException(
                ErrorKind.Missing,
                $"no model is promoted to {DefaultModel}: name one with --model, or run 'organseg promote MODEL'",
                error);
        }
    }
}
