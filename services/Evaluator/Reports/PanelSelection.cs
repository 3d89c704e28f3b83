using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Reports;

/// <summary>
/// Chooses the slices that are shown: best, median and worst by mean F1, so that nobody picks the pretty ones, and for
/// each organ the slice with most of it.
/// </summary>
internal static class PanelSelection
{
    internal sealed record Choice(SliceId Slice, string Reason);

    /// <param name="models">Every model's slices; all were scored on the same ones.</param>
    /// <param name="schema">The organs.</param>
    public static IReadOnlyList<Choice> Choose(IReadOnlyList<IReadOnlyList<SliceScore>> models, LabelSchema schema)
    {
        var means = models
            .SelectMany(slices => slices)
            .Where(slice => slice.MeanF1.HasValue)
            .GroupBy(slice => slice.Id)
            .Select(group => (Slice: group.First(), Mean: group.Average(slice => slice.MeanF1!.Value)))
            .OrderByDescending(entry => entry.Mean)
            .ThenBy(entry => entry.Slice.Id.Name, StringComparer.Ordinal)
            .ToList();
        var chosen = new OrderedDictionary<SliceId, Choice>();
        if (means.Count > 0)
        {
            Add(means[0].Slice, "best mean F1");
            Add(means[means.Count / 2].Slice, "median mean F1");
            Add(means[^1].Slice, "worst mean F1");
        }

        foreach (var organ in schema.Organs)
        {
            var most = means
                .Select(entry => entry.Slice)
                .Where(slice => slice.Organs[organ.Id - 1].Reference > 0)
                .MaxBy(slice => slice.Organs[organ.Id - 1].Reference);
            if (most is not null)
            {
                Add(most, $"most {organ.Name}");
            }
        }

        return [.. chosen.Values];

        void Add(SliceScore slice, string reason) =>
            chosen[slice.Id] = chosen.TryGetValue(slice.Id, out var known)
                ? known with { Reason = $"{known.Reason}, {reason}" }
                : new Choice(slice.Id, reason);
    }
}
