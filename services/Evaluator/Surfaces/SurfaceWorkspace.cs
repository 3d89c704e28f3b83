using System.Collections.Concurrent;

namespace OrganSeg.Evaluator.Surfaces;

/// <summary>The memory that measuring surfaces takes, used again and again: for one pair of label maps at a time.</summary>
internal sealed class SurfaceWorkspace
{
    private readonly ConcurrentBag<FieldScratch> _scratch = [];
    private SiteField.Offset[] _offsets = [];

    /// <summary>At least so many; what they held before is lost.</summary>
    public SiteField.Offset[] Offsets(int count)
    {
        if (_offsets.Length < count)
        {
            // The old array must be free to go before the new one comes.
            _offsets = [];
            _offsets = GC.AllocateUninitializedArray<SiteField.Offset>(count);
        }

        return _offsets;
    }

    public FieldScratch Rent(int width, int height)
    {
        while (_scratch.TryTake(out var known))
        {
            if (known.Width >= width && known.Height >= height)
            {
                return known;
            }
        }

        return new FieldScratch(width, height);
    }

    public void Return(FieldScratch scratch) => _scratch.Add(scratch);
}
