using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Honesty;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Evaluator.Statistics;
using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator;

/// <summary>Evaluates models on a side of a dataset's split, through Inference.</summary>
internal sealed partial class Evaluation(
    DatasetCatalogue datasets,
    ModelCatalogue models,
    InferencePredictor predictor,
    RobustnessSweep sweep,
    NearDuplicateSearch nearDuplicates,
    ReportWriter writer,
    EvaluatorTelemetry telemetry,
    ILogger<Evaluation> logger)
{
    private static readonly string[] Splits = [DatasetSplit.Train, DatasetSplit.Validation, DatasetSplit.Test];

    /// <param name="dataset"><c>name</c> or <c>name@version</c>.</param>
    /// <param name="split">train, validation or test.</param>
    /// <param name="modelNames">Aliases, models or <c>model@version</c>.</param>
    /// <param name="variant">Form of the models; empty means the default of Inference.</param>
    /// <param name="options">Robustness and gate.</param>
    /// <param name="progress">Told after every slice.</param>
    /// <param name="cancellationToken">Stops the evaluation; nothing is stored then.</param>
    /// <exception cref="OrganSegException">What is wrong with the request, or what failed.</exception>
    public Task<StoredReport> RunAsync(
        string dataset,
        string split,
        IReadOnlyList<string> modelNames,
        string variant,
        EvaluationOptions options,
        Action<EvaluationProgress> progress,
        CancellationToken cancellationToken) => SpanErrors.RunAsync(
            () => telemetry.StartRun("split"),
            _ => EvaluateAsync(dataset, split, modelNames, variant, options, progress, cancellationToken));

    private async Task<StoredReport> EvaluateAsync(
        string dataset,
        string split,
        IReadOnlyList<string> modelNames,
        string variant,
        EvaluationOptions options,
        Action<EvaluationProgress> progress,
        CancellationToken cancellationToken)
    {
        Check(dataset, split, modelNames, options);
        var manifest = await datasets.GetAsync(dataset, cancellationToken);
        var gate = options.Gate is var (name, json) ? GateFile.Parse(name, json, manifest.LabelSchema) : null;
        var cases = SlicesByCase(manifest, split);
        var versions = await ResolveAsync(modelNames, manifest, cancellationToken);
        var slices = cases.Values.Sum();
        var robustness = options.Robustness is { } plan
            ? RobustnessStudy.Of(plan, manifest, split)
            : null;
        var total = (slices + (robustness?.Predictions ?? 0)) * versions.Count;
        LogStarted(manifest.Dataset, manifest.Version, split, slices, versions.Count);

        var done = 0L;
        var scored = new List<ScoredModel>();
        foreach (var version in versions)
        {
            var one = await SpanErrors.RunAsync(
                () => telemetry.StartModel(version.Model, version.Version),
                _ => ScoreAsync(manifest, split, version, variant, options.Scoring, Advance, cancellationToken));
            scored.Add(one);
            if (robustness is not null)
            {
                one.Robustness = await sweep.RunAsync(robustness, one.Title, variant, stage => Advance(stage, null), cancellationToken);
            }
        }

        progress(new EvaluationProgress("report", 0, 1, "report"));
        var evaluated = new EvaluatedSplit(manifest, split, cases)
        {
            Robustness = robustness?.Information,
            NearDuplicates = await FindNearDuplicatesAsync(manifest, split, versions, cancellationToken),
        };
        var report = await writer.WriteAsync(
            manifest.LabelSchema,
            evaluated,
            scored,
            (wanted, token) => ReadAsync(manifest, split, wanted, token),
            gate,
            cancellationToken);
        LogStored(report.ReportId, slices, versions.Count);
        return report;

        void Advance(string stage, string? soFar) =>
            progress(new EvaluationProgress(stage, ++done, total, "slice") { SoFar = soFar });
    }

    private static void Check(string dataset, string split, IReadOnlyList<string> modelNames, EvaluationOptions options)
    {
        var violations = new List<FieldViolation>();
        if (dataset.Length == 0)
        {
            violations.Add(new FieldViolation("dataset", "is missing; give name or name@version."));
        }

        if (!Splits.Contains(split))
        {
            violations.Add(new FieldViolation("split", $"'{split}' is none of {string.Join(", ", Splits)}."));
        }

        if (modelNames.Count == 0 || modelNames.Any(string.IsNullOrWhiteSpace))
        {
            violations.Add(new FieldViolation("models", "give at least one alias, model or model@version."));
        }

        if (options.Robustness is { KeptShare: var kept } && kept is not (> 0 and <= 1))
        {
            violations.Add(new FieldViolation("robustness.keptShare", $"{kept} must be above 0 and at most 1."));
        }

        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }
    }

    private static Dictionary<string, int> SlicesByCase(DatasetManifest manifest, string split)
    {
        var cases = manifest.Cases
            .Select(c => (c.Case, Slices: c.Slices.Count(slice => slice.Split == split)))
            .Where(c => c.Slices > 0)
            .ToDictionary(c => c.Case, c => c.Slices, StringComparer.Ordinal);
        if (cases.Count > 0)
        {
            return cases;
        }

        var present = manifest.Cases.SelectMany(c => c.Slices).Select(slice => slice.Split).Distinct().Order();
        throw OrganSegException.Invalid(
            "split",
            $"{manifest.Dataset}@{manifest.Version} has no slice in '{split}'; it has {string.Join(", ", present)}.");
    }

    /// <summary>Pins every name to a version once, so that an alias that moves meanwhile changes nothing.</summary>
    private async Task<List<ModelDocument>> ResolveAsync(
        IReadOnlyList<string> names, DatasetManifest manifest, CancellationToken cancellationToken)
    {
        var versions = new List<ModelDocument>();
        foreach (var name in names)
        {
            var served = await predictor.ResolveAsync(name, cancellationToken);
            var document = await models.ResolveAsync($"{served.Name}@{served.Version}", cancellationToken);
            if (document.LabelSchema != manifest.LabelSchema)
            {
                throw OrganSegException.Invalid(
                    "models",
                    $"{document.Model}@{document.Version} predicts {Describe(document.LabelSchema)}, but "
                    + $"{manifest.Dataset}@{manifest.Version} is labelled with {Describe(manifest.LabelSchema)}.");
            }

            if (!versions.Any(v => v.Model == document.Model && v.Version == document.Version))
            {
                versions.Add(document);
            }
        }

        return versions;
    }

    private async Task<ScoredModel> ScoreAsync(
        DatasetManifest manifest,
        string split,
        ModelDocument version,
        string variant,
        ScoringSettings scoring,
        Action<string, string?> advance,
        CancellationToken cancellationToken)
    {
        var title = $"{version.Model}@{version.Version}";
        var units = MapUnits.Images;
        var scored = new ScoredModel(version.Model, version, new Scorer(manifest.LabelSchema, scoring, units), new LabelArchive());
        var meter = new MapMeter(manifest.LabelSchema, scoring);
        scored.Calibration = new RegionCalibration(manifest.LabelSchema);
        scored.Variant = await predictor.PredictAsync(
            title,
            variant,
            datasets.ReadAsync(manifest, split, cancellationToken),
            confidence: true,
            (sample, prediction) =>
            {
                var labels = prediction.Labels;
                if (manifest.LabelSchema.TryFindUnknown(labels, out var id))
                {
                    throw new OrganSegException(
                        ErrorKind.Corrupt, $"{title} predicted class {id} on {sample.Name}, which its label schema lacks.");
                }

                var slice = new SliceId(sample.Case, sample.Name);
                // A dataset does not record the spacing of its slices.
                scored.Scorer.Add(
                    slice, meter.Measure(LabelGrid.Of(sample.Labels), LabelGrid.Of(labels), null, Concurrency.None), voxelSize: 1);
                scored.Calibration!.Add(prediction.Confidences, scored.Scorer.Slices[^1]);
                scored.Predictions.Add(slice, labels);
                advance(title, PartialScores.Of([scored]));
            },
            cancellationToken);
        telemetry.CountSlices(scored.Scorer.Slices.Count);
        return scored;
    }

    private async Task<NearDuplicates> FindNearDuplicatesAsync(
        DatasetManifest manifest, string split, IReadOnlyList<ModelDocument> versions, CancellationToken cancellationToken)
    {
        using var activity = telemetry.StartNearDuplicates();
        return await nearDuplicates.RunAsync(manifest, split, versions, cancellationToken);
    }

    /// <summary>The few samples that are shown, read again: keeping every image would cost memory for nothing.</summary>
    private async Task<IReadOnlyDictionary<SliceId, ShownSlice>> ReadAsync(
        DatasetManifest manifest, string split, IReadOnlySet<SliceId> wanted, CancellationToken cancellationToken)
    {
        var found = new Dictionary<SliceId, ShownSlice>();
        await foreach (var sample in datasets.ReadAsync(manifest, split, cancellationToken))
        {
            var slice = new SliceId(sample.Case, sample.Name);
            if (wanted.Contains(slice))
            {
                found[slice] = new ShownSlice(sample.Image, sample.Labels);
                if (found.Count == wanted.Count)
                {
                    break;
                }
            }
        }

        return found;
    }

    private static string Describe(LabelSchema schema) => string.Join(", ", schema.Classes.Select(c => $"{c.Id} {c.Name}"));

    [LoggerMessage(4001, LogLevel.Information, "Evaluating {Models} model(s) on {Slices} slices of {Dataset}@{Version} {Split}")]
    private partial void LogStarted(string dataset, string version, string split, int slices, int models);

    [LoggerMessage(4002, LogLevel.Information, "Stored report {ReportId}: {Slices} slices, {Models} model(s)")]
    private partial void LogStored(string reportId, int slices, int models);
}
