using System.Numerics.Tensors;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>
/// For each evaluated slice the few others with the most similar descriptors. The evaluated descriptors are kept, 4 KB each; the
/// others pass by in blocks. Not thread-safe; it uses all processors by itself.
/// </summary>
internal sealed class NearestSlices
{
    /// <summary>Others that are kept for each evaluated slice.</summary>
    public const int Kept = 3;

    // So many descriptors stay in a processor's cache while others are held against them.
    private const int Rows = 32;

    private readonly float[] _descriptors;
    private readonly double _least;
    private readonly (int Other, float Similarity)[] _best;

    /// <param name="descriptors">One after the other; kept, not copied.</param>
    /// <param name="leastSimilarity">Inner product below which no slice is kept.</param>
    public NearestSlices(float[] descriptors, double leastSimilarity)
    {
        _descriptors = descriptors;
        _least = leastSimilarity;
        _best = new (int, float)[descriptors.Length / SliceDescriptor.Length * Kept];
        Array.Fill(_best, (-1, float.NegativeInfinity));
    }

    /// <summary>Evaluated slices.</summary>
    public int Count => _best.Length / Kept;

    /// <summary>Holds a block of others against all evaluated slices.</summary>
    /// <param name="others">Their descriptors, one after the other; few enough for a cache.</param>
    /// <param name="firstOther">Number of the first one.</param>
    public void Compare(ReadOnlyMemory<float> others, int firstOther) =>
        Parallel.For(0, (Count + Rows - 1) / Rows, block => Compare(others.Span, firstOther, block * Rows));

    /// <summary>The others kept for an evaluated slice, the most similar first.</summary>
    public IEnumerable<(int Other, float Similarity)> Of(int evaluated) =>
        _best.Skip(evaluated * Kept).Take(Kept).Where(found => found.Other >= 0);

    private void Compare(ReadOnlySpan<float> others, int firstOther, int firstRow)
    {
        var last = Math.Min(firstRow + Rows, Count);
        for (var other = 0; other < others.Length / SliceDescriptor.Length; other++)
        {
            var descriptor = others.Slice(other * SliceDescriptor.Length, SliceDescriptor.Length);
            for (var row = firstRow; row < last; row++)
            {
                var similarity = TensorPrimitives.Dot(_descriptors.AsSpan(row * SliceDescriptor.Length, SliceDescriptor.Length), descriptor);
                if (similarity >= _least)
                {
                    Keep(_best.AsSpan(row * Kept, Kept), firstOther + other, similarity);
                }
            }
        }
    }

    private static void Keep(Span<(int Other, float Similarity)> best, int other, float similarity)
    {
        var place = best.Length;
        while (place > 0 && best[place - 1].Similarity < similarity)
        {
            place--;
        }

        if (place < best.Length)
        {
            best[place..^1].CopyTo(best[(place + 1)..]);
            best[place] = (other, similarity);
        }
    }
}
