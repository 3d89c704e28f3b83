using System.CommandLine;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg ingest</c>: files in, a sealed dataset version out.</summary>
internal static class IngestCommand
{
    private static readonly Argument<string[]> SourceArgument = new("SOURCE")
    {
        Description = "Grey PNG slices, or folders of them.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> DatasetOption = new("--dataset")
    {
        Description = "Name of the dataset.",
        Required = true,
    };

    private static readonly Option<string?> LabelsOption = new("--labels")
    {
        Description = "Folder of label PNGs with the names of the slices; without, every slice lacks its label map.",
        HelpName = "DIR",
    };

    private static readonly Option<string[]> NegativesOption = new("--negatives")
    {
        Description = "Folder of slices without any organ; their split is that of their case.",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<Dictionary<uint, uint>> MapOption = new("--map")
    {
        Description = "Source label id to class id, such as 5=1,2=2; without, ids are class ids.",
        HelpName = "5=1,2=2,…",
        CustomParser = Usage.ParseLabelMap,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string> SplitOption = new("--split")
    {
        Description = "How slices are split: patient, slice (leaky), or a CSV with the headers file or case, and split.",
        HelpName = "patient|slice|FILE.csv",
        DefaultValueFactory = _ => "patient",
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<string>() is { } split && PolicyOf(split) == SplitPolicy.Unspecified)
                {
                    result.AddError($"--split is patient, slice or a .csv file, not '{split}'.");
                }
            },
        },
    };

    private static readonly Option<uint> SizeOption = new("--size")
    {
        Description = "Side of the square slices to make, in pixels: a multiple of 16.",
        DefaultValueFactory = _ => 224,
        Validators =
        {
            result =>
            {
                if (result.GetValueOrDefault<uint>() is var size && (size % 16 != 0 || size is < 32 or > 1024))
                {
                    result.AddError($"--size is a multiple of 16 from 32 to 1024, not {size}.");
                }
            },
        },
    };

    private static readonly Option<ulong> SeedOption = new("--seed")
    {
        Description = "Seed of the patient and slice splits.",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<string?> NoticeOption = new("--notice")
    {
        Description = "Terms and credits of the data, which the cards of models that learn from it show.",
        HelpName = "TEXT",
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("ingest", "Normalise slices and seal them as a dataset version.")
        {
            SourceArgument, DatasetOption, LabelsOption, NegativesOption, MapOption, SplitOption, SizeOption, SeedOption, NoticeOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var split = context.Get(SplitOption)!;
        var header = new ImportHeader
        {
            Dataset = context.Get(DatasetOption),
            Size = context.Get(SizeOption),
            Split = PolicyOf(split),
            Seed = context.Get(SeedOption),
            Notice = context.Get(NoticeOption) ?? "",
            LabelMap = { context.Get(MapOption)! },
        };
        if (header.Split == SplitPolicy.Table)
        {
            header.SplitTable.Add(await SplitTable.ReadAsync(split, cancellationToken));
        }

        // Everything that is wrong with the files is told before anything is started.
        var files = ImportFiles.Collect(context.Get(SourceArgument), context.Get(LabelsOption), context.Get(NegativesOption)!);
        await using var services = await context.ConnectAsync(cancellationToken);
        var dataset = await context.Output.WithProgressAsync(
            board => Importer.RunAsync(services, header, files, board, cancellationToken));
        DatasetView.Show(context.Output, dataset);
        context.Output.Json(DatasetView.Json(dataset));
        return ExitCode.Done;
    }

    private static SplitPolicy PolicyOf(string split) => split switch
    {
        "patient" => SplitPolicy.Patient,
        "slice" => SplitPolicy.Slice,
        _ when split.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) => SplitPolicy.Table,
        _ => SplitPolicy.Unspecified,
    };
}
