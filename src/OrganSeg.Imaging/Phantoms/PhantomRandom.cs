namespace OrganSeg.Imaging.Phantoms;

/// <summary>
/// SplitMix64: a generator small enough to be the same on every platform and in every version of .NET, which
/// <see cref="Random"/> does not promise.
/// </summary>
internal sealed class PhantomRandom(ulong seed)
{
    private const ulong Step = 0x9E3779B97F4A7C15;

    private ulong _state = seed;

    /// <summary>An independent generator for a part, so that adding one part leaves the others as they were.</summary>
    public static PhantomRandom For(ulong seed, ulong part) => new(Mix(Mix(seed) + (part * Step)));

    public static ulong Mix(ulong value)
    {
        value += Step;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public ulong Next()
    {
        var result = Mix(_state);
        _state += Step;
        return result;
    }

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [low, high).</summary>
    public double Range(double low, double high) => low + ((high - low) * Uniform());

    /// <summary>Mean 0, standard deviation 1: the sum of four uniforms out of one draw, near enough to normal.</summary>
    public double Normal()
    {
        var bits = Next();
        var sum = (bits & 0xFFFF) + ((bits >> 16) & 0xFFFF) + ((bits >> 32) & 0xFFFF) + (bits >> 48);
        return ((sum / 65536.0) - 2) * 1.7320508075688772;
    }
}
