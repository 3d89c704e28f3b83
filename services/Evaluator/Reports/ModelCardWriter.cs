using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Makes the cards of evaluated models tell of a report.</summary>
internal sealed partial class ModelCardWriter(ModelCatalogue models, ILogger<ModelCardWriter> logger)
{
    /// <summary>Updates the card of every model of a stored report. The report stands even where a card cannot be written.</summary>
    /// <param name="report">A report on a dataset; of another nothing is told.</param>
    /// <param name="scored">Its models, in its order.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WriteAsync(ReportDocument report, IReadOnlyList<ScoredModel> scored, CancellationToken cancellationToken)
    {
        if (report.Dataset is not { } dataset)
        {
            return;
        }

        foreach (var (model, numbers) in scored.Zip(report.Models))
        {
            if (model.Document is not { } document)
            {
                continue;
            }

            try
            {
                await models.RecordEvaluationAsync(document, EvaluationOf(report, dataset, numbers), cancellationToken);
            }
            catch (OrganSegException error) when (error.Kind is not ErrorKind.Cancelled)
            {
                LogNoCard(error, document.Model, document.Version, report.ReportId);
            }
        }
    }

    /// <summary>What a card tells of one model of a report.</summary>
    internal static ModelEvaluation EvaluationOf(ReportDocument report, DatasetInformation dataset, ModelReport model) => new()
    {
        ReportId = report.ReportId,
        EvaluatedAt = report.CreatedAt,
        Software = $"{report.Software.Name} {report.Software.Version}",
        Dataset = $"{dataset.Name}@{dataset.Version}",
        DatasetDigest = dataset.Digest,
        Split = dataset.Split,
        SplitPolicy = dataset.SplitPolicy,
        Leaky = dataset.Leaky,
        Slices = report.Counts.Slices,
        Patients = report.Counts.Patients,
        Variant = model.Variant,
        MeanF1 = model.MeanF1.Pooled,
        Organs = [.. model.Organs.Select(Of)],
        Warnings =
        [
            .. report.Warnings
                .Where(warning => warning.Model is null || warning.Model == model.Title || warning.Model == $"{model.Model}@{model.Version}")
                .OrderBy(warning => warning.Severity == ReportWarning.Serious ? 0 : 1)
                .Select(warning => new EvaluationWarning(warning.Severity == ReportWarning.Serious, warning.Message)),
        ],
        KeptShare = model.Robustness is null ? null : report.Robustness?.KeptShare,
        Robustness = [.. (model.Robustness ?? []).SelectMany(Of)],
    };

    private static OrganEvaluation Of(OrganScores organ) => new(
        organ.Organ,
        organ.Counts.Reference,
        organ.Pooled.Precision,
        organ.Pooled.Recall,
        organ.Pooled.F1,
        organ.Intervals?.Pooled.Low,
        organ.Intervals?.Pooled.High,
        organ.PerPatient.F1,
        organ.Intervals?.PerPatient.Low,
        organ.Intervals?.PerPatient.High);

    private static IEnumerable<RobustnessLimit> Of(RobustnessCurve curve) => curve.Organs.Select(organ =>
        new RobustnessLimit(curve.Perturbation, curve.Unit, organ.Organ, curve.Severities[^1], organ.BreakPoint));

    [LoggerMessage(4004, LogLevel.Warning, "The card of {Model}@{Version} does not tell of report {ReportId}, which is stored")]
    private partial void LogNoCard(Exception error, string model, string version, string reportId);
}
