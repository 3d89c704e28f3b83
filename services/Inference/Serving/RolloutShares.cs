using System.Collections.Concurrent;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Picks a share of requests by counting rather than by chance: of the first n, n times the share are picked, rounded down,
/// and evenly spread.
/// </summary>
internal sealed class RolloutShares
{
    private readonly ConcurrentDictionary<string, StrongBox> _counts = new(StringComparer.Ordinal);

    /// <param name="what">What is shared out, such as an alias's canary.</param>
    /// <param name="share">0 to 1.</param>
    public bool Takes(string what, double share)
    {
        var count = Interlocked.Increment(ref _counts.GetOrAdd(what, _ => new StrongBox()).Count);
        // In decimals, as whoever gave the share wrote it: 100 times 0.29 is 29, as doubles a little less.
        var part = (decimal)share;
        return decimal.Floor(count * part) > decimal.Floor((count - 1) * part);
    }

    private sealed class StrongBox
    {
        public long Count;
    }
}
