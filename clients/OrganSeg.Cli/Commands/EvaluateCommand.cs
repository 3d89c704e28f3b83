using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.Json.Nodes;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg evaluate</c>: metrics of models on a split, or of label maps of any origin, or the audit of a
/// published table.</summary>
internal static class EvaluateCommand
{
    private const uint RobustnessSlices = 60;

    private static readonly Option<string?> DatasetOption = new("--dataset")
    {
        Description = "Dataset (its newest version) or dataset@version.",
    };

    private static readonly Option<string> SplitOption = new Option<string>("--split")
    {
        Description = "The split to score.",
        DefaultValueFactory = _ => "test",
    }.AcceptOnlyFromAmong("train", "validation", "test");

    private static readonly Option<string[]> ModelOption = new("--model")
    {
        Description = "Alias, model or model@version; may be repeated.",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> VariantOption = Usage.Variant();

    private static readonly Option<string[]> PredictionsOption = new("--predictions")
    {
        Description = "Folder of predicted label maps, PNG or NIfTI, scored instead of models; may be repeated.",
        HelpName = "DIR",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> ReferenceOption = new("--reference")
    {
        Description = "Folder of reference label maps of the same names.",
        HelpName = "DIR",
    };

    private static readonly Option<Dictionary<uint, uint>?> MapOption = new("--map")
    {
        Description = "What the ids of predictions mean, such as 5=1,2=2; ids that are not named become background.",
        HelpName = "ID=CLASS,…",
        CustomParser = Usage.ParseLabelMap,
    };

    private static readonly Option<Dictionary<uint, uint>?> ReferenceMapOption = new("--reference-map")
    {
        Description = "The same for references.",
        HelpName = "ID=CLASS,…",
        CustomParser = Usage.ParseLabelMap,
    };

    private static readonly Option<string> AbsentOption = new Option<string>("--absent")
    {
        Description = "What an organ counts in means where a metric is 0/0 because it is absent.",
        DefaultValueFactory = _ => "skip",
    }.AcceptOnlyFromAmong("skip", "one-if-both-empty", "zero");

    private static readonly Option<double?> ToleranceOption = new("--tolerance")
    {
        Description = "Distance within which a surface counts as right in the surface Dice: mm, or pixels where no spacing is known; 2 without.",
        HelpName = "MM",
    };

    private static readonly Option<string?> AuditOption = new("--audit")
    {
        Description = "CSV of published scores (model, organ, precision, recall, f1): flags rows whose F1 no rounding explains.",
        HelpName = "TABLE.csv",
    };

    private static readonly Option<string?> ReportOption = new("--report")
    {
        Description = "Folder for report.json, report.html and figures (the report is stored either way), or for audit.json.",
        HelpName = "DIR",
    };

    private static readonly Option<uint?> RobustnessOption = new("--robustness")
    {
        Description = $"Also perturb slices ever more and score them: N slices over all patients, {RobustnessSlices} without N.",
        HelpName = "N|all",
        Arity = ArgumentArity.ZeroOrOne,
        CustomParser = ParseSlices,
    };

    private static readonly Option<string?> GateOption = new("--gate")
    {
        Description = "File of bounds that the scores must keep; exit code 1 if they do not.",
        HelpName = "FILE",
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("evaluate", "Score models on a dataset split, or label maps against a reference, or audit a published table.")
        {
            DatasetOption, SplitOption, ModelOption, VariantOption, PredictionsOption, ReferenceOption, AuditOption,
            ReportOption, RobustnessOption, GateOption, AbsentOption, ToleranceOption, MapOption, ReferenceMapOption,
        };
        command.Validators.Add(Validate);
        action(command, RunAsync);
        return command;
    }

    private static void Validate(CommandResult result)
    {
        var models = Given(DatasetOption) || Given(ModelOption) || Given(VariantOption) || Given(SplitOption)
            || Given(RobustnessOption);
        var files = Given(PredictionsOption) || Given(ReferenceOption) || Given(MapOption) || Given(ReferenceMapOption);
        if (Given(AuditOption))
        {
            if (models || files || Given(GateOption) || Given(AbsentOption) || Given(ToleranceOption))
            {
                result.AddError("--audit reads a table and scores nothing; of the other options it takes only --report.");
            }
        }
        else if (models && files)
        {
            result.AddError("Give either --dataset and --model, or --predictions and --reference.");
        }
        else if (files && !(Given(PredictionsOption) && Given(ReferenceOption)))
        {
            result.AddError("--predictions and --reference need each other.");
        }
        else if (!files && !(Given(DatasetOption) && Given(ModelOption)))
        {
            result.AddError("Give --dataset and at least one --model, or --predictions and --reference, or --audit.");
        }

        if (Given(ToleranceOption) && result.GetValue(ToleranceOption) is not >= 0)
        {
            result.AddError("--tolerance must be a distance, 0 or more.");
        }

        bool Given(Option option) => result.GetResult(option) is { Implicit: false };
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (context.Get(AuditOption) is { } table)
        {
            return await TableAudit.RunAsync(context, table, context.Get(ReportOption), cancellationToken);
        }

        // Everything that is wrong with the files is told before anything is started.
        var folders = context.Get(PredictionsOption) ?? [];
        var maps = folders.Length > 0 ? LabelMaps.Collect(context.Get(ReferenceOption)!, folders) : null;
        var scoring = new ScoringOptions
        {
            Absence = context.Get(AbsentOption) switch
            {
                "one-if-both-empty" => AbsencePolicy.OneIfBothEmpty,
                "zero" => AbsencePolicy.Zero,
                _ => AbsencePolicy.Skip,
            },
        };
        if (context.Get(ToleranceOption) is { } tolerance)
        {
            scoring.Tolerance = tolerance;
        }

        var gate = context.Get(GateOption) is { } file ? await GateFile.ReadAsync(file, cancellationToken) : null;
        var request = new EvaluateRequest
        {
            Dataset = context.Get(DatasetOption) ?? string.Empty,
            Split = context.Get(SplitOption),
            Models = { context.Get(ModelOption) },
            Variant = context.Get(VariantOption) ?? string.Empty,
            Robustness = context.Get(RobustnessOption) is { } slices ? new RobustnessOptions { MaxSlices = slices } : null,
            Gate = gate,
            Scoring = scoring,
        };
        await using var services = await context.ConnectAsync(cancellationToken);
        var report = await context.Output.WithProgressAsync(board => maps is null
            ? Evaluation.OfModelsAsync(services, request, board, cancellationToken)
            : OfFilesAsync(services, board));
        return await FinishAsync(context, services, report, cancellationToken);

        Task<Report> OfFilesAsync(ServiceConnection services, IProgressBoard board)
        {
            var (references, predictions) = (new LabelReader(context.Get(ReferenceMapOption)), new LabelReader(context.Get(MapOption)));
            var header = new ScoreHeader
            {
                Gate = gate,
                Scoring = scoring,
                Models = { folders.Length > 1 ? LabelMaps.ModelsOf(folders) : [] },
                ReferenceMap = references.Map,
                PredictionMap = predictions.Map,
            };
            return new FileEvaluation(header, maps, references, predictions).RunAsync(services, board, cancellationToken);
        }
    }

    private static async Task<int> FinishAsync(
        CommandContext context, ServiceConnection services, Report report, CancellationToken cancellationToken)
    {
        ReportView.Show(context.Output, ReportSummary.Parse(report.Json));
        string? folder = null;
        if (context.Get(ReportOption) is { } wanted)
        {
            folder = await ReportFolder.DownloadAsync(services, report, wanted, cancellationToken);
            context.Output.Line($"report: {Path.Combine(folder, "report.html")}");
        }
        else
        {
            context.Output.Line($"report: {report.ReportId}");
        }

        // Last, so that nobody has to look for it among the tables; the report is stored and downloaded either way.
        ReportView.Show(context.Output, report.Gate, context.Get(GateOption));
        context.Output.Json(new
        {
            report.ReportId,
            Folder = folder,
            Gate = report.Gate is { } gate ? new { gate.Passed, gate.Checks, Failures = gate.Failures.ToArray() } : null,
            Report = JsonNode.Parse(report.Json),
        });
        return report.Gate is { Passed: false } ? ExitCode.Failed : ExitCode.Done;
    }

    /// <summary>How many slices to perturb; 0 stands for all.</summary>
    private static uint? ParseSlices(ArgumentResult result)
    {
        switch (result.Tokens)
        {
            case []:
                return RobustnessSlices;
            case [{ Value: "all" }]:
                return 0;
            case [{ Value: var text }] when uint.TryParse(text, out var slices) && slices > 0:
                return slices;
            default:
                result.AddError($"--robustness: '{result.Tokens[0].Value}' is neither a number of slices from 1 nor all");
                return null;
        }
    }
}
