using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Publishing;

/// <summary>Sums a cross-validation up.</summary>
internal static class CrossValidationScores
{
    private const string Prefix = "cross-validation.f1.";

    /// <param name="schema">The organs.</param>
    /// <param name="classes">Classes, background included.</param>
    /// <param name="folds">The folds with their own scores.</param>
    /// <param name="confusions">Their counts of pixels.</param>
    public static CrossValidationResult Of(
        LabelSchema schema, int classes, IReadOnlyList<CrossValidationFold> folds, IEnumerable<Confusion> confusions)
    {
        var all = new Confusion(classes);
        foreach (var confusion in confusions)
        {
            all.Add(confusion);
        }

        return new CrossValidationResult
        {
            Folds = folds,
            Organs = all.F1ByOrgan(schema).ToDictionary(
                organ => organ.Key,
                organ => Score(organ.Value, [.. folds.Where(fold => fold.F1.ContainsKey(organ.Key)).Select(fold => fold.F1[organ.Key])]),
                StringComparer.Ordinal),
        };
    }

    /// <summary>The same as numbers of a model by name.</summary>
    public static Dictionary<string, double> Metrics(CrossValidationResult result)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (organ, score) in result.Organs)
        {
            metrics[$"{Prefix}{organ}.pooled"] = score.Pooled;
            metrics[$"{Prefix}{organ}.mean"] = score.Mean;
            if (score.Deviation is { } deviation)
            {
                metrics[$"{Prefix}{organ}.deviation"] = deviation;
            }
        }

        metrics["cross-validation.folds"] = result.Folds.Count;
        return metrics;
    }

    private static CrossValidationScore Score(double pooled, double[] values)
    {
        var mean = values.Average();
        double? deviation = values.Length < 2
            ? null
            : Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Length - 1));
        return new CrossValidationScore(pooled, mean, deviation, values.Length);
    }
}
