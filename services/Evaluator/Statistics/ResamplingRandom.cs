namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood, 2014). A seed in a report must give the same intervals again on every machine and
/// in every release of the runtime, which does not promise that of its own generator.
/// </summary>
internal sealed class ResamplingRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>Uniform among 0 … <paramref name="below"/> − 1; its bias is below 1e-14 for a million units.</summary>
    public int Next(int below) => (int)Math.BigMul(Next(), (ulong)below, out _);

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));
}
