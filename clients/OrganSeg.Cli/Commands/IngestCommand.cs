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
        Description = "Grey PNG slices, NIfTI volumes, folders of them or of DICOM series, a zip, tar or tar.gz, or dicomweb:SERVER?StudyInstanceUID=… of a configured server.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string> DatasetOption = new("--dataset")
    {
        Description = "Name of the dataset.",
        Required = true,
    };

    private static readonly Option<string?> LabelsOption = new("--labels")
    {
        Description = "Folder or archive of label maps, PNG or NIfTI, with the names of the slices, volumes or folders of series; only archives may hold their own.",
        HelpName = "DIR",
    };

    private static readonly Option<string[]> NegativesOption = new("--negatives")
    {
        Description = "Slices or volumes without any organ; the split of a slice is that of its case.",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<Dictionary<uint, uint>> MapOption = new("--map")
    {
        Description = "Source label id to class id, such as 5=1,2=2; others become background. Without, ids are class ids.",
        HelpName = "5=1,2=2,…",
        CustomParser = Usage.ParseLabelMap,
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<(double Low, double High)?> WindowOption = new("--window")
    {
        Description = "HU shown as black and as white, of volumes and 16-bit PNG; -125,275 without. 8-bit PNG slices have been windowed already.",
        HelpName = "LOW,HIGH",
        CustomParser = Usage.ParseWindow,
    };

    private static readonly Option<double?> PngZeroOption = new("--png-zero-hu")
    {
        Description = "HU of the value 0 in 16-bit PNG slices, such as -1024 or -32768; without, they are refused.",
        HelpName = "HU",
    };

    private static readonly Option<bool> PseudonymsOption = new("--pseudonyms")
    {
        Description = "Give cases of PNG and NIfTI files pseudonyms for names, as DICOM series have them always.",
    };

    private static readonly Option<bool> AllowBurnedInOption = new("--allow-burned-in")
    {
        Description = "Take DICOM series that say that annotations are burned into their pixels.",
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

    private static readonly Option<uint> FoldsOption = new("--folds")
    {
        Description = "Folds of the patients outside the test split, for cross-validation; 0 for none.",
        HelpName = "K",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<bool> AllowLeakageOption = new("--allow-leakage")
    {
        Description = "Seal although slices on one side of the split are nearly those of another; it is marked leaky.",
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
            SourceArgument, DatasetOption, LabelsOption, NegativesOption, MapOption, WindowOption, PngZeroOption, SplitOption, SizeOption, SeedOption, FoldsOption,
            AllowLeakageOption, NoticeOption, PseudonymsOption, AllowBurnedInOption,
        };
        command.Validators.Add(result =>
        {
            if (result.GetValue(FoldsOption) is var folds and not 0 && (folds is 1 or > 50 || result.GetValue(SplitOption) == "slice"))
            {
                result.AddError("--folds is 2 to 50, with a split by patient or a .csv file.");
            }
        });
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
            Folds = context.Get(FoldsOption),
            AllowLeakage = context.Get(AllowLeakageOption),
            Notice = context.Get(NoticeOption) ?? "",
            LabelMap = { context.Get(MapOption)! },
            Pseudonyms = context.Get(PseudonymsOption),
            AllowBurnedIn = context.Get(AllowBurnedInOption),
        };
        if (context.Get(WindowOption) is { } window)
        {
            (header.WindowLowHu, header.WindowHighHu) = window;
        }

        if (context.Get(PngZeroOption) is { } zero)
        {
            header.PngZeroHu = zero;
        }

        if (header.Split == SplitPolicy.Table)
        {
            header.SplitTable.Add(await SplitTable.ReadAsync(split, cancellationToken));
        }

        // Everything that is wrong with the files is told before anything is started.
        var sources = context.Get(SourceArgument)!.ToLookup(DicomWebSource.Is);
        header.DicomWeb.AddRange(sources[true].Select(DicomWebSource.Parse));
        var files = ImportFiles.Collect(
            sources[false], context.Get(LabelsOption), context.Get(NegativesOption)!, imagesElsewhere: header.DicomWeb.Count > 0);
        using var packed = await PackedSeries.CreateAsync(files, cancellationToken);
        await using var services = await context.ConnectAsync(cancellationToken);
        var dataset = await context.Output.WithProgressAsync(
            board => Importer.RunAsync(services, header, packed.Files, board, cancellationToken));
        var findings = await QualityFindings.ReadAsync(services, dataset, cancellationToken);
        DatasetView.Show(context.Output, dataset);
        DatasetView.Show(context.Output, dataset, findings);
        context.Output.Json(DatasetView.Json(dataset, findings));
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
