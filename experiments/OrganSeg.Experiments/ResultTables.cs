using System.Globalization;

namespace OrganSeg.Experiments;

/// <summary>The tables of <c>docs/results.md</c>.</summary>
public static class ResultTables
{
    /// <summary>F1 of every experiment of a protocol by organ, pooled, with 95 % intervals where there are any.</summary>
    /// <param name="results">All results.</param>
    /// <param name="protocol">The protocol.</param>
    public static string Scores(IEnumerable<ExperimentResult> results, string protocol)
    {
        var rows = results.Where(result => result.Protocol == protocol).ToList();
        if (rows.Count == 0)
        {
            return "Not run yet.";
        }

        var organs = rows[0].Organs.Select(organ => organ.Organ).ToList();
        return string.Join('\n',
        [
            $"| specification | patients | slices | {string.Join(" | ", organs)} |",
            $"|---|---|---|{string.Concat(organs.Select(_ => "---|"))}",
            .. rows.Select(row => $"| `{row.Name}` | {row.Patients} | {row.Slices} | {string.Join(" | ", row.Organs.Select(WithInterval))} |"),
            "",
            .. rows.Select(row => $"`{row.Name}`: {string.Join(", ", row.Machine.Select(fact => $"{fact.Key} {fact.Value}"))}.  "),
        ]).TrimEnd();
    }

    /// <summary>F1 by patient, of every experiment of a protocol that scored several: lowest, median and highest.</summary>
    /// <inheritdoc cref="Scores" path="/param"/>
    public static string Patients(IEnumerable<ExperimentResult> results, string protocol)
    {
        var rows = results.Where(result => result.Protocol == protocol && result.Patients > 1).ToList();
        if (rows.Count == 0)
        {
            return "Not run yet.";
        }

        var organs = rows[0].Organs.Select(organ => organ.Organ).ToList();
        return string.Join('\n',
        [
            $"| specification | {string.Join(" | ", organs)} |",
            $"|---|{string.Concat(organs.Select(_ => "---|"))}",
            .. rows.Select(row => $"| `{row.Name}` | {string.Join(" | ", row.Organs.Select(Spread))} |"),
        ]);
    }

    /// <summary>Two networks on the same patients: F1 of both for each of them, and what may be said.</summary>
    /// <param name="comparisons">All comparisons.</param>
    public static string Comparisons(IReadOnlyList<ComparisonResult> comparisons) => comparisons.Count == 0
        ? "Not run yet."
        : string.Join("\n\n", comparisons.Select(comparison => string.Join('\n',
        [
            $"| organ | {string.Join(" | ", comparison.Patients)} |",
            $"|---|{string.Concat(comparison.Patients.Select(_ => "---|"))}",
            .. comparison.Organs.Select(organ =>
                $"| {organ.Organ} | {string.Join(" | ", comparison.Patients.Select((_, i) => string.Join(" / ", organ.F1.Select(model => Score(model[i])))))} |"),
            "",
            $"`{comparison.Name}`: F1 of {string.Join(" / ", comparison.Models.Select(model => $"`{model}`"))} by patient; {string.Join(", ", comparison.Machine.Select(fact => $"{fact.Key} {fact.Value}"))}.",
            "",
            .. comparison.Organs.Select(organ => $"- **{organ.Organ}**: {organ.Verdict}"),
        ])));

    /// <summary>A score as the tables have it: <c>.945</c>.</summary>
    public static string Score(double? value) => value is { } score
        ? score.ToString("0.000", CultureInfo.InvariantCulture).Replace("0.", ".", StringComparison.Ordinal)
        : "–";

    private static string WithInterval(OrganResult organ) =>
        Score(organ.F1) + (organ is { Low: { } low, High: { } high } ? $" ({Score(low)} to {Score(high)})" : "");

    private static string Spread(OrganResult organ)
    {
        var scores = organ.Patients.OfType<double>().Order().ToList();
        return scores.Count == 0
            ? "–"
            : $"{Score(scores[0])} / {Score((scores[(scores.Count - 1) / 2] + scores[scores.Count / 2]) / 2)} / {Score(scores[^1])}";
    }
}
