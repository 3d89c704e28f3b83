namespace OrganSeg.Experiments;

/// <summary>
/// <c>docs/results.md</c>: words written by hand, and between <c>&lt;!-- NAME --&gt;</c> and <c>&lt;!-- /NAME --&gt;</c> tables that are
/// made of the results.
/// </summary>
public static class ResultsPage
{
    /// <summary>The specification that the ladder follows through all protocols.</summary>
    public const string LadderSpecification = "organsegnet";

    /// <summary>The page with its tables made anew.</summary>
    /// <param name="page">As it is.</param>
    /// <param name="results">What there is.</param>
    /// <param name="comparisons">Comparisons that there are.</param>
    /// <exception cref="InvalidDataException">A table has no place in the page.</exception>
    public static string Fill(string page, IReadOnlyList<ExperimentResult> results, IReadOnlyList<ComparisonResult> comparisons)
    {
        ArgumentNullException.ThrowIfNull(page);
        page = Put(page, "ladder", LeakageLadder.Of(results, LadderSpecification).ToMarkdown());
        page = Put(page, "by-patient", ResultTables.Scores(results, "by-patient"));
        page = Put(page, "patients", ResultTables.Patients(results, "by-patient"));
        page = Put(page, "comparisons", ResultTables.Comparisons(comparisons));
        page = Put(page, "by-slice", ResultTables.Scores(results, "by-slice"));
        return Put(page, "resubstitution", ResultTables.Scores(results, "resubstitution"));
    }

    /// <summary>The ladder as a PNG file.</summary>
    public static byte[] Figure(IReadOnlyList<ExperimentResult> results) => LeakageLadder.Of(results, LadderSpecification).ToPng();

    private static string Put(string page, string name, string table)
    {
        var (begin, end) = ($"<!-- {name} -->\n", $"\n<!-- /{name} -->");
        var from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = page.IndexOf(end, StringComparison.Ordinal);
        return from >= begin.Length && to >= from - 1
            ? $"{page[..from]}{table}{page[to..]}"
            : throw new InvalidDataException($"The page has no place between {begin.Trim()} and {end.Trim()} for a table.");
    }
}
