namespace OrganSeg.Cli.Work;

/// <summary>One kind of thing that the quality report of a dataset points out.</summary>
/// <param name="Code">Names the kind.</param>
/// <param name="Severity">warning or note.</param>
/// <param name="Count">How often it was found.</param>
/// <param name="Message">What it is and what to do.</param>
/// <param name="Examples">The first of them.</param>
internal sealed record QualityFinding(string Code, string Severity, int Count, string Message, IReadOnlyList<string> Examples)
{
    /// <summary>Whether it is probably wrong.</summary>
    public bool IsWarning => Severity == "warning";
}
