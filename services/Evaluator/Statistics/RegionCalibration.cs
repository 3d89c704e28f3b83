using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// How far a model's confidence is from its accuracy, region by region: all pixels that a slice gives to an organ are counted
/// with their mean confidence, as many as there are, and as many as are right. Not thread-safe.
/// </summary>
internal sealed class RegionCalibration(LabelSchema schema)
{
    private readonly CalibrationHistogram[] _organs = [.. schema.Organs.Select(_ => new CalibrationHistogram())];

    /// <summary>Adds a slice.</summary>
    /// <param name="confidences">By class id.</param>
    /// <param name="slice">The counts of the same slice.</param>
    public void Add(IReadOnlyDictionary<int, double> confidences, SliceScore slice)
    {
        foreach (var (organ, i) in schema.Organs.Select((organ, i) => (organ, i)))
        {
            if (slice.Organs[i].Prediction > 0 && confidences.TryGetValue(organ.Id, out var confidence))
            {
                _organs[i].Add(Math.Clamp(confidence, 0, 1), slice.Organs[i].Prediction, slice.Organs[i].TruePositives);
            }
        }
    }

    /// <summary>The organs in the order of the schema.</summary>
    public IReadOnlyList<OrganReliability> Organs() => [.. schema.Organs.Select((organ, i) => new OrganReliability(
        organ.Name, _organs[i].Count, _organs[i].ExpectedCalibrationError, _organs[i].MaximumCalibrationError, _organs[i].Bins))];
}
