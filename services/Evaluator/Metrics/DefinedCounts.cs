namespace OrganSeg.Evaluator.Metrics;

/// <summary>Over how many units each mean was taken: those in which the value is defined.</summary>
internal sealed record DefinedCounts(int Precision, int Recall, int F1)
{
    public int Nsd { get; init; }

    /// <summary>Units with the organ in both maps: only there is a distance.</summary>
    public int Distances { get; init; }
}
