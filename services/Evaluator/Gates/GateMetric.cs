using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Gates;

/// <summary>A metric that bounds can be set on.</summary>
/// <param name="Name">As in <c>report.json</c>.</param>
/// <param name="IsBetterLower">Distances: a bound is the most that is allowed, not the least.</param>
/// <param name="ValueOf">The value of an organ; null where undefined.</param>
internal sealed record GateMetric(string Name, bool IsBetterLower, Func<OrganScores, GateAggregation, double?> ValueOf)
{
    /// <summary>Every metric, by name. A new one is one line.</summary>
    public static IReadOnlyDictionary<string, GateMetric> All { get; } = new GateMetric[]
    {
        new("precision", false, (o, by) => Of(by, o.Pooled.Precision, o.PerImage.Precision, o.PerPatient.Precision)),
        new("recall", false, (o, by) => Of(by, o.Pooled.Recall, o.PerImage.Recall, o.PerPatient.Recall)),
        new("f1", false, (o, by) => Of(by, o.Pooled.F1, o.PerImage.F1, o.PerPatient.F1)),
        new("iou", false, (o, by) => Of(by, o.Pooled.Iou, o.PerImage.Iou, o.PerPatient.Iou)),
        new("specificity", false, (o, by) => Of(by, o.Pooled.Specificity, o.PerImage.Specificity, o.PerPatient.Specificity)),
        new("volumetricSimilarity", false, (o, by) => Of(by, o.Pooled.VolumetricSimilarity, o.PerImage.VolumetricSimilarity, o.PerPatient.VolumetricSimilarity)),
        new("nsd", false, (o, by) => Of(by, o.Pooled.Nsd, o.PerImage.Nsd, o.PerPatient.Nsd)),
        // A distance of all pixels together is not defined.
        new("hd", true, (o, by) => Of(by, null, o.PerImage.Hd, o.PerPatient.Hd)),
        new("hd95", true, (o, by) => Of(by, null, o.PerImage.Hd95, o.PerPatient.Hd95)),
        new("hd95Medpy", true, (o, by) => Of(by, null, o.PerImage.Hd95Medpy, o.PerPatient.Hd95Medpy)),
        new("assd", true, (o, by) => Of(by, null, o.PerImage.Assd, o.PerPatient.Assd)),
    }.ToDictionary(metric => metric.Name, StringComparer.Ordinal);

    /// <summary>Whether a value keeps a bound.</summary>
    public bool Holds(double value, double bound) => IsBetterLower ? value <= bound : value >= bound;

    private static double? Of(GateAggregation by, double? pooled, double? perImage, double? perPatient) => by switch
    {
        GateAggregation.PerImage => perImage,
        GateAggregation.PerPatient => perPatient,
        _ => pooled,
    };
}
