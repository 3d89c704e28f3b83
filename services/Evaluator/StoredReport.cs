using OrganSeg.Evaluator.Gates;

namespace OrganSeg.Evaluator;

/// <summary>A report that is in the store.</summary>
/// <param name="ReportId">Its name there.</param>
/// <param name="Json">The text of <c>report.json</c>.</param>
/// <param name="Files">All its files.</param>
internal sealed record StoredReport(string ReportId, string Json, IReadOnlyList<string> Files)
{
    /// <summary>What became of the gate; null where none was given.</summary>
    public GateOutcome? Gate { get; init; }
}
