using System.CommandLine;
using System.Text.Json;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg segment</c>: slices or volumes in, label maps of the same names, sizes and geometry out.</summary>
internal static class SegmentCommand
{
    /// <summary>The alias that is used when no model is named.</summary>
    public const string DefaultModel = "production";

    private const string VolumesFile = "volumes.json";

    private static readonly JsonSerializerOptions VolumesFormat = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly Argument<string[]> InputArgument = new("INPUT")
    {
        Description = "Grey PNG slices; NIfTI volumes in HU (.nii, .nii.gz); DICOM CT series as folder or zip; or folders of these.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> ModelOption = new("--model")
    {
        Description = $"Alias, model (its newest version) or model@version; without, the alias {DefaultModel}.",
    };

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder for the label files; the class id is the pixel's or voxel's value. Volumes in mL are in volumes.json.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<bool> LargestOption = new("--keep-largest")
    {
        Description = "In volumes, keep of each organ only its largest piece. Not for kidneys as one class: there are two.",
    };

    private static readonly Option<bool> AugmentOption = new("--tta")
    {
        Description = "In volumes, average over slightly turned and zoomed views of each slice; five times as long.",
    };

    private static readonly Option<int> OverlapOption = new("--overlap")
    {
        Description = "In volumes, average over so many neighbouring slices on either side, 0 to 4.",
        HelpName = "SLICES",
    };

    private static readonly Option<bool> ConfidenceOption = new("--confidence")
    {
        Description = "Of volumes, tell how sure the model is of each organ: its mean probability, not calibrated.",
    };

    private static readonly Option<string?> VariantOption = Usage.Variant();

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("segment", "Segment slices or volumes with a published model.")
        {
            InputArgument, ModelOption, VariantOption, LargestOption, AugmentOption, OverlapOption, ConfidenceOption, OutputOption,
        };
        command.Validators.Add(result =>
        {
            if (result.GetResult(OverlapOption) is { Implicit: false } && result.GetValue(OverlapOption) is < 0 or > 4)
            {
                result.AddError("--overlap takes 0 to 4 slices.");
            }
        });
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(context.Get(OutputOption)!);
        var (volumes, others) = VolumeFiles.Part(context.Get(InputArgument));
        var slices = others.Count > 0 ? SliceFiles.Collect(others) : [];
        if (slices.Concat(volumes.Where(volume => Path.GetFileName(volume.Path) == volume.Name).Select(volume => volume.Path))
                .FirstOrDefault(file => Path.GetDirectoryName(file) == Path.TrimEndingDirectorySeparator(folder)) is { } own)
        {
            throw OrganSegException.Invalid("--output", $"holds the input {Path.GetFileName(own)}, which would be overwritten; name another folder");
        }

        await using var services = await context.ConnectAsync(cancellationToken);
        // One version for every file, though an alias may move meanwhile.
        var model = await FindModelAsync(services, context.Get(ModelOption), cancellationToken);
        var version = $"{model.Name}@{model.Version}";
        var variant = context.Get(VariantOption) ?? "";
        Directory.CreateDirectory(folder);
        var outcomes = new List<SegmentOutcome>();
        if (slices.Count > 0)
        {
            outcomes.Add(await context.Output.WithProgressAsync(
                board => new Segmenter(services, version, variant, folder, board).RunAsync(slices, cancellationToken)));
        }

        IReadOnlyList<object> found = [];
        if (volumes.Count > 0)
        {
            var options = new VolumeOptions
            {
                Model = version,
                Variant = variant,
                KeepLargestComponent = context.Get(LargestOption),
                TestTimeAugmentation = context.Get(AugmentOption),
                Overlap = (uint)context.Get(OverlapOption),
                Confidence = context.Get(ConfidenceOption),
            };
            (var outcome, found) = await context.Output.WithProgressAsync(
                board => SegmentAsync(new VolumeSegmenter(services, options, folder, board), volumes, folder, context.Output, cancellationToken));
            outcomes.Add(outcome);
        }

        return Report(context, model, folder, outcomes, found);
    }

    private static async Task<(SegmentOutcome Outcome, IReadOnlyList<object> Found)> SegmentAsync(
        VolumeSegmenter segmenter, IReadOnlyList<VolumeInput> volumes, string folder, Output output, CancellationToken cancellationToken)
    {
        var outcome = await segmenter.RunAsync(volumes, cancellationToken);
        foreach (var (name, result) in segmenter.Results)
        {
            result.Warnings.ToList().ForEach(warning => output.Note($"{name}: {warning}"));
        }

        IReadOnlyList<object> found = [.. segmenter.Results.Select(pair => new
        {
            File = pair.Key,
            pair.Value.Model,
            Version = pair.Value.ModelVersion,
            pair.Value.Variant,
            pair.Value.Orientation,
            Warnings = pair.Value.Warnings.ToArray(),
            Organs = pair.Value.Organs.Select(organ => new
            {
                organ.Id,
                Organ = organ.Name,
                organ.Voxels,
                organ.Millilitres,
                Confidence = organ.HasConfidence ? organ.Confidence : (double?)null,
            }),
        })];
        var json = JsonSerializer.SerializeToUtf8Bytes(new { Schema = 1, Volumes = found }, VolumesFormat);
        await AtomicFile.WriteAsync(Path.Combine(folder, VolumesFile), json, cancellationToken);
        return (outcome, found);
    }

    private static int Report(
        CommandContext context, Model model, string folder, IReadOnlyList<SegmentOutcome> outcomes, IReadOnlyList<object> volumes)
    {
        var (written, failures) = (outcomes.SelectMany(o => o.Written).ToList(), outcomes.SelectMany(o => o.Failures).ToList());
        var variants = outcomes.SelectMany(o => o.Variants).Distinct().Order(StringComparer.Ordinal).ToList();
        foreach (var failure in failures)
        {
            context.Output.Error($"{failure.Field}: {failure.Description}");
        }

        var form = variants is [] or ["float32"] ? "" : $" ({string.Join(" and ", variants)})";
        context.Output.Line($"{written.Count} label maps by {model.Name}@{model.Version}{form} in {folder}");
        context.Output.Json(new
        {
            Model = model.Name,
            model.Version,
            Variants = variants,
            Output = folder,
            Written = written.Select(Path.GetFileName),
            Failed = failures.Select(f => new { File = f.Field, Reason = f.Description }),
            Volumes = volumes,
        });
        return failures.Count == 0 ? ExitCode.Done : ExitCode.Failed;
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
