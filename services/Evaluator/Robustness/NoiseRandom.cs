using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) with normal deviates: the same numbers in every version of .NET, which
/// <see cref="Random"/> does not promise, so that a sweep can be repeated years later.
/// </summary>
internal struct NoiseRandom(ulong seed)
{
    private const ulong Golden = 0x9E3779B97F4A7C15;
    private const ulong FnvOffset = 14695981039346656037;
    private const ulong FnvPrime = 1099511628211;

    private ulong _state = seed;
    private double _spare = double.NaN;

    /// <summary>
    /// The seed of one slice: of the run's seed and the slice's name alone, so that neither the order of the slices nor how
    /// many there are changes anything. Every severity gets the same one: a stronger noise is the same pattern, louder.
    /// </summary>
    public static ulong SeedOf(ulong runSeed, SliceId slice)
    {
        var hash = FnvOffset;
        foreach (var letter in slice.Case.AsSpan())
        {
            hash = (hash ^ letter) * FnvPrime;
        }

        // A character no name holds keeps ("a", "bc") and ("ab", "c") apart.
        hash = (hash ^ char.MaxValue) * FnvPrime;
        foreach (var letter in slice.Name.AsSpan())
        {
            hash = (hash ^ letter) * FnvPrime;
        }

        return new NoiseRandom(runSeed ^ hash).Next();
    }

    public ulong Next()
    {
        _state += Golden;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Normal deviates, mean 0 and standard deviation 1 (Box and Muller, 1958).</summary>
    public void FillNormal(Span<float> target)
    {
        foreach (ref var value in target)
        {
            value = (float)NextNormal();
        }
    }

    private double NextNormal()
    {
        if (!double.IsNaN(_spare))
        {
            var spare = _spare;
            _spare = double.NaN;
            return spare;
        }

        // In (0, 1], so that the logarithm is finite.
        var radius = Math.Sqrt(-2 * Math.Log(((Next() >> 11) + 1) * (1.0 / (1UL << 53))));
        var (sine, cosine) = Math.SinCos(2 * Math.PI * ((Next() >> 11) * (1.0 / (1UL << 53))));
        _spare = radius * sine;
        return radius * cosine;
    }
}
