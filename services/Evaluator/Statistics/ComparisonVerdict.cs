namespace OrganSeg.Evaluator.Statistics;

/// <summary>What may be said of a comparison, in words.</summary>
/// <param name="Outcome">In one word.</param>
/// <param name="Sentence">For a report: who, by how much, how sure, over how many patients.</param>
/// <param name="Warnings">What weakens it, a sentence each.</param>
internal sealed record ComparisonVerdict(Outcome Outcome, string Sentence, IReadOnlyList<string> Warnings);
