namespace OrganSeg.Cli.Work;

/// <summary>What a load has shown.</summary>
/// <param name="Seconds">For how long it was measured.</param>
/// <param name="LatenciesMs">Of each slice that was answered, ascending.</param>
/// <param name="RefusedMs">How long each refusal for too much load took, ascending.</param>
/// <param name="Failures">Messages of other failures, and how often each came.</param>
internal sealed record LoadResult(
    double Seconds, IReadOnlyList<double> LatenciesMs, IReadOnlyList<double> RefusedMs, IReadOnlyDictionary<string, int> Failures)
{
    /// <summary>Slices answered in a second.</summary>
    public double Throughput => LatenciesMs.Count / Seconds;

    /// <summary>The smallest latency that a share of them does not exceed (nearest rank); null when there is none.</summary>
    public static double? Percentile(IReadOnlyList<double> ascending, double share) =>
        ascending.Count == 0 ? null : ascending[Math.Max(0, (int)Math.Ceiling(share * ascending.Count) - 1)];
}
