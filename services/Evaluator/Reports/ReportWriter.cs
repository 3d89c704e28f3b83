using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Turns counts into a report and stores it.</summary>
internal sealed class ReportWriter(ReportCatalogue reports, ModelCardWriter cards, EvaluatorTelemetry telemetry, TimeProvider time)
{
    private static readonly string Version =
        typeof(ReportWriter).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";

    /// <summary>Finds the slices that are shown.</summary>
    internal delegate Task<IReadOnlyDictionary<SliceId, ShownSlice>> SliceReader(
        IReadOnlySet<SliceId> wanted, CancellationToken cancellationToken);

    /// <param name="schema">The classes.</param>
    /// <param name="split">What was evaluated; null for label maps of other origin.</param>
    /// <param name="models">Their counts; each has the same slices.</param>
    /// <param name="readSlices">Reads the slices that are shown.</param>
    /// <param name="gate">Bounds to hold the scores against, or null.</param>
    /// <param name="cancellationToken">Stops before anything is stored.</param>
    /// <param name="mapping">What ids of given files meant; null for a split.</param>
    /// <param name="sheared">Given volumes whose axes do not stand upright on one another; null for none.</param>
    public async Task<StoredReport> WriteAsync(
        LabelSchema schema,
        EvaluatedSplit? split,
        IReadOnlyList<ScoredModel> models,
        SliceReader readSlices,
        Gate? gate,
        CancellationToken cancellationToken,
        LabelMapping? mapping = null,
        IReadOnlyList<string>? sheared = null)
    {
        var now = time.GetUtcNow();
        var scores = Score(schema, models);
        using var activity = telemetry.StartReport();
        var counts = CountsOf(models[0].Scorer);
        var comparisons = ReportStatistics.Compare(scores, models[0].Scorer.Settings.Absence.NameOf());
        var figures = await ReportFigures.DrawAsync(
            schema, models, scores, counts, comparisons, split?.Robustness, readSlices, cancellationToken);
        var document = new ReportDocument
        {
            ReportId = $"{now:yyyyMMdd-HHmmss}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}",
            CreatedAt = now,
            Software = new SoftwareInformation("OrganSeg.Evaluator", Version),
            Dataset = split is null ? null : InformationOf(split),
            LabelSchema = schema.Classes,
            Counts = counts,
            Aggregations = AggregationTexts.Standard,
            Measures = MeasureInformation.Of(models[0].Scorer, mapping ?? LabelMapping.None),
            Warnings = [.. ReportWarnings.Of(split, models, models[0].Scorer.Patients), .. MeasureWarnings.Of(scores, sheared ?? []), .. AveragingWarnings.Of(scores)],
            Models = scores,
            Comparisons = comparisons,
            Figures = [.. figures.Select(figure => figure.Figure)],
            Robustness = split?.Robustness,
            NearDuplicates = split?.NearDuplicates,
            Gate = gate?.Evaluate(scores),
        };
        var pictures = figures.ToDictionary(figure => figure.Figure.File, figure => figure.Png);
        var json = ReportJson.Serialize(document);
        var files = pictures.ToDictionary(pair => pair.Key, pair => new ReadOnlyMemory<byte>(pair.Value));
        files["report.html"] = Encoding.UTF8.GetBytes(new HtmlReport(document, pictures).Render());
        files["report.md"] = Encoding.UTF8.GetBytes(new MarkdownReport(document).Render());
        files["report.json"] = json;
        await reports.PublishAsync(document.ReportId, files, cancellationToken);
        await cards.WriteAsync(document, models, cancellationToken);
        telemetry.CountReport();
        return new StoredReport(document.ReportId, Encoding.UTF8.GetString(json), [.. files.Keys.Order(StringComparer.Ordinal)])
        {
            Gate = document.Gate,
        };
    }

    private IReadOnlyList<ModelReport> Score(LabelSchema schema, IReadOnlyList<ScoredModel> models)
    {
        using var activity = telemetry.StartScore();
        return [.. models.Select(model =>
        {
            var organs = ReportStatistics.WithIntervals(model.Scorer);
            return new ModelReport(
                model.Name,
                model.Document?.Version,
                model.Document?.Digest,
                model.Document?.Architecture,
                model.Document?.Dataset,
                organs,
                MeanF1OverOrgans.Of(organs),
                new ConfusionReport(
                    [.. schema.Classes.Select(c => c.Name)], "reference", "prediction", model.Scorer.Confusion.ToRows()))
            {
                Variant = model.Variant,
                Calibration = model.Calibration?.Organs(),
                Robustness = model.Robustness,
            };
        })];
    }

    private static DatasetInformation InformationOf(EvaluatedSplit split) => new(
        split.Manifest.Dataset,
        split.Manifest.Version,
        split.Manifest.Digest,
        split.Split,
        split.Manifest.Split.Policy,
        split.Manifest.Split.Leaky,
        split.Manifest.Size);

    private static ReportCounts CountsOf(Scorer scorer) => new(
        scorer.Slices.Count, scorer.Patients, scorer.Confusion.ToRows().Sum(row => row.Sum()));
}
