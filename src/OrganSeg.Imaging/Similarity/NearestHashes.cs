namespace OrganSeg.Imaging.Similarity;

/// <summary>
/// For each slice of one side the few others with the nearest hashes. Two hashes are compared in some nanoseconds, so that all
/// pairs of 10,000 slices take less than a second, in any order of arrival. Not thread-safe; it uses all processors by itself.
/// </summary>
public sealed class NearestHashes
{
    /// <summary>Others that are kept for each slice.</summary>
    public const int Kept = 3;

    // So many of either kind stay in a processor's nearest cache.
    private const int Rows = 256;

    private readonly SliceHash[] _hashes;
    private readonly (int Other, int Distance)[] _best;

    /// <param name="hashes">Of the side; kept, not copied.</param>
    public NearestHashes(SliceHash[] hashes)
    {
        ArgumentNullException.ThrowIfNull(hashes);
        _hashes = hashes;
        _best = new (int, int)[hashes.Length * Kept];
        Array.Fill(_best, (-1, SliceHash.CandidateDistance + 1));
    }

    /// <summary>Slices of the side.</summary>
    public int Count => _hashes.Length;

    /// <summary>Holds others against all slices of the side.</summary>
    /// <param name="others">Their hashes.</param>
    /// <param name="firstOther">Number of the first one, at least 0.</param>
    public void Compare(ReadOnlyMemory<SliceHash> others, int firstOther) =>
        Parallel.For(0, (Count + Rows - 1) / Rows, block => Compare(others.Span, firstOther, block * Rows));

    /// <summary>
    /// The others kept for a slice, the nearest first, none further than <see cref="SliceHash.CandidateDistance"/>; of equals the
    /// one that was compared first.
    /// </summary>
    /// <param name="slice">Its number on the side.</param>
    public IEnumerable<int> Of(int slice) =>
        _best.Skip(slice * Kept).Take(Kept).Where(found => found.Other >= 0).Select(found => found.Other);

    private void Compare(ReadOnlySpan<SliceHash> others, int firstOther, int firstRow)
    {
        var last = Math.Min(firstRow + Rows, Count);
        for (var other = 0; other < others.Length; other++)
        {
            for (var row = firstRow; row < last; row++)
            {
                var distance = _hashes[row].DistanceTo(others[other]);
                if (distance < _best[(row * Kept) + Kept - 1].Distance)
                {
                    Keep(_best.AsSpan(row * Kept, Kept), firstOther + other, distance);
                }
            }
        }
    }

    private static void Keep(Span<(int Other, int Distance)> best, int other, int distance)
    {
        var place = best.Length - 1;
        while (place > 0 && best[place - 1].Distance > distance)
        {
            place--;
        }

        best[place..^1].CopyTo(best[(place + 1)..]);
        best[place] = (other, distance);
    }
}
