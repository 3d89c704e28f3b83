using System.CommandLine;
using System.Text.Json.Nodes;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Work;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg demo</c>: the whole pipeline on generated patients, from files to a report.</summary>
internal static class DemoCommand
{
    private const string Dataset = "demo-phantoms";
    private const string OrganSegNet = "demo-organsegnet";
    private const string DeepLab = "demo-deeplabv3";
    private const string Alias = "demo";

    /// <summary>What every organ must reach on patients not trained on.</summary>
    private const double NeededF1 = 0.80;

    /// <summary>Side of the network's slices: a phantom's organs are still dozens of pixels wide.</summary>
    private const int Size = 128;

    private static readonly PhantomFolder.Plan Patients = new(
        Train: 14, Validation: 3, Test: 4, Slices: 16, Negatives: 2, Size: 256, Seed: 2024);

    // Epochs bound it, so that it learns the same on every machine; the minutes keep a slow one within its time.
    private static readonly (string Key, string Value)[] OrganSegNetSettings =
        [("width", "12"), ("batchSize", "4"), ("learningRate", "0.002"), ("epochs", "7"), ("minutes", "3.5"), ("seed", "1")];

    private static readonly (string Key, string Value)[] DeepLabSettings =
        [("width", "8"), ("batchSize", "8"), ("learningRate", "0.002"), ("epochs", "2"), ("minutes", "0.5"), ("seed", "1")];

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("demo", "Run the whole pipeline on generated CT phantoms, in under five minutes.");
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var (output, began) = (context.Output, context.Time.GetTimestamp());
        var folder = Path.Combine(context.Installation.State, "demo");
        var phantoms = await output.WithProgressAsync(
            board => PhantomFolder.WriteAsync(Path.Combine(folder, "phantoms"), Patients, board, cancellationToken));
        output.Note($"1/6 {Patients.Patients} phantom patients of {Patients.Slices} slices in {folder}");

        await using var services = await context.ConnectAsync(cancellationToken);
        var dataset = await IngestAsync(context, services, phantoms, cancellationToken);
        output.Note($"2/6 sealed {dataset.Name}@{dataset.Version}, whole patients on one side of the split");

        var data = $"{dataset.Name}@{dataset.Version}";
        var own = await TrainAsync(context, services, data, "organsegnet", OrganSegNet, OrganSegNetSettings, cancellationToken);
        output.Note($"3/6 published {own}, exported to ONNX and checked against the trained network");
        var baseline = await TrainAsync(context, services, data, "deeplabv3-resnet50", DeepLab, DeepLabSettings, cancellationToken);
        output.Note($"4/6 published {baseline}: small, from scratch and for a minute at most, so no baseline to compare with");

        var labels = await ServeAsync(context, services, phantoms, own, Path.Combine(folder, "labels"), cancellationToken);
        output.Note($"5/6 promoted {own} to '{Alias}' and segmented {labels} slices of the test patients into {Path.Combine(folder, "labels")}");

        var request = new EvaluateRequest { Dataset = data, Split = "test", Models = { own, baseline } };
        var report = await output.WithProgressAsync(board => Evaluation.OfModelsAsync(services, request, board, cancellationToken));
        var reports = await ReportFolder.DownloadAsync(services, report, Path.Combine(folder, "report"), cancellationToken);
        output.Note($"6/6 scored on {Patients.Test} patients that neither network has seen");

        var summary = ReportSummary.Parse(report.Json);
        ReportView.Show(output, summary);
        output.Line($"{baseline}: DeepLabV3 trained from scratch, only to show the pipeline");
        output.Line($"report: {Path.Combine(reports, "report.html")}");
        output.Line($"took {context.Time.GetElapsedTime(began).TotalSeconds:0} s");
        output.Json(new { report.ReportId, Folder = reports, Model = own, Report = JsonNode.Parse(report.Json) });
        return Judge(summary);
    }

    private static async Task<Dataset> IngestAsync(
        CommandContext context, ServiceConnection services, PhantomFolder phantoms, CancellationToken cancellationToken)
    {
        var header = new ImportHeader { Dataset = Dataset, Size = Size, Split = SplitPolicy.Table };
        header.SplitTable.Add(await SplitTable.ReadAsync(phantoms.Split, cancellationToken));
        var files = ImportFiles.Collect([phantoms.Images], phantoms.Labels, [phantoms.Negatives]);
        return await context.Output.WithProgressAsync(
            board => Importer.RunAsync(services, header, files, board, cancellationToken));
    }

    /// <summary>Trains and publishes; answers model@version.</summary>
    private static async Task<string> TrainAsync(
        CommandContext context, ServiceConnection services, string dataset, string architecture, string model,
        (string Key, string Value)[] settings, CancellationToken cancellationToken)
    {
        var request = new StartRunRequest { Dataset = dataset, Architecture = architecture, Model = model };
        request.Settings.Add(settings.ToDictionary(setting => setting.Key, setting => setting.Value));
        // A lost answer may leave a second run behind, which costs time but harms nothing.
        var run = await services.Retry.RunAsync(
            "trainer",
            () => services.Trainer.StartRunAsync(request, services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        var result = await RunWatcher.FollowAsync(services, run, context.Output, cancellationToken);
        return $"{result.Run.Model}@{result.Run.ModelVersion}";
    }

    /// <summary>Promotes the model and segments the test patients with it; answers how many slices.</summary>
    private static async Task<int> ServeAsync(
        CommandContext context, ServiceConnection services, PhantomFolder phantoms, string model, string folder,
        CancellationToken cancellationToken)
    {
        await services.Retry.RunAsync(
            "inference",
            () => services.Inference.PromoteAsync(
                new PromoteRequest { Alias = Alias, Model = model }, services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        var tested = (await SplitTable.ReadAsync(phantoms.Split, cancellationToken))
            .Where(entry => entry.Split == "test").Select(entry => entry.CaseId).ToHashSet();
        var slices = SliceFiles.Collect([phantoms.Images]).Where(file => tested.Contains(SliceName.CaseOf(Path.GetFileName(file)))).ToList();
        Directory.CreateDirectory(folder);
        var outcome = await context.Output.WithProgressAsync(
            board => new Segmenter(services, Alias, "", folder, board).RunAsync(slices, cancellationToken));
        return outcome.Failures.Count == 0 ? outcome.Written.Count : throw new OrganSegException(outcome.Failures);
    }

    private static int Judge(ReportSummary summary)
    {
        FieldViolation[] below =
        [
            .. summary.Models.Single(model => model.Model == OrganSegNet).Organs
                .Where(organ => !(organ.Pooled?.F1 >= NeededF1))
                .Select(organ => new FieldViolation(
                    organ.Organ, $"F1 {Terminal.Format.Score(organ.Pooled?.F1)} is below the {NeededF1:0.00} that the demo must reach")),
        ];
        return below.Length == 0 ? ExitCode.Done : throw new OrganSegException(below);
    }
}
