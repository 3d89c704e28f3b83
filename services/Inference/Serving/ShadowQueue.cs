namespace OrganSeg.Inference.Serving;

/// <summary>
/// Slices that wait for a shadow. Beyond its places one of all that were offered since it was last empty leaves, each with the
/// same chance: of a volume that comes faster than it is compared, not only the first slices are.
/// </summary>
/// <param name="places">Slices that may wait.</param>
/// <param name="random">Chooses who leaves.</param>
internal sealed class ShadowQueue(int places, Random random) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<ShadowWork> _waiting = new(places);
    private readonly SemaphoreSlim _filled = new(0);
    private long _offered;

    /// <summary>Takes a slice.</summary>
    /// <returns>What leaves for it, which may be itself; null when there was a place.</returns>
    public ShadowWork? Offer(ShadowWork work)
    {
        lock (_lock)
        {
            _offered++;
            if (_waiting.Count < places)
            {
                _waiting.Add(work);
                _filled.Release();
                return null;
            }

            // Vitter's algorithm R.
            var place = random.NextInt64(_offered);
            if (place >= places)
            {
                return work;
            }

            var leaving = _waiting[(int)place];
            _waiting[(int)place] = work;
            return leaving;
        }
    }

    /// <summary>Waits until there is a slice to <see cref="Take"/>.</summary>
    public Task WaitAsync(CancellationToken cancellationToken) => _filled.WaitAsync(cancellationToken);

    /// <summary>Takes a slice out, once after each <see cref="WaitAsync"/>.</summary>
    public ShadowWork Take()
    {
        lock (_lock)
        {
            var work = _waiting[0];
            _waiting.RemoveAt(0);
            _offered = _waiting.Count == 0 ? 0 : _offered;
            return work;
        }
    }

    public void Dispose() => _filled.Dispose();
}
