using System.Collections.Concurrent;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Picks a share of requests by counting rather than by chance: of any n in a row, n times the share are picked, give or take
/// one, and evenly spread.
/// </summary>
internal sealed class RolloutShares
{
    private readonly ConcurrentDictionary<string, StrongBox> _counts = new(StringComparer.Ordinal);

    /// <param name="what">What is shared out, such as an alias's canary.</param>
    /// <param name="share">0 to 1.</param>
    public bool Takes(string what, double share)
    {
        var count = Interlocked.Increment(ref _counts.GetOrAdd(what, _ => new StrongBox()).Count);
        return Math.Floor(count * share) > Math.Floor((count - 1) * share);
    }

    private sealed class StrongBox
    {
        public long Count;
    }
}
