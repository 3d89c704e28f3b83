using System.Numerics.Tensors;

namespace OrganSeg.Onnx.Quantization;

/// <summary>
/// What has been observed of a value, in memory that does not grow: its limits, and a histogram whose bins double in width
/// whenever a number lies outside. Widths are powers of two and bins start at zero, so that the order of what is observed
/// makes no difference. Not thread-safe.
/// </summary>
public sealed class ActivationHistogram
{
    /// <summary>Bins, half of them below zero.</summary>
    public const int Bins = 4096;

    /// <summary>Part of the numbers that <see cref="Percentile"/> keeps at each end.</summary>
    public const double KeptShare = 0.9999;

    private const int Half = Bins / 2;
    private const int Levels = 256;

    // Below this width numbers are as good as zero.
    private const int LeastExponent = -60;

    private readonly long[] _counts = new long[Bins];
    private int _exponent = LeastExponent;
    private float _low = float.PositiveInfinity;
    private float _high = float.NegativeInfinity;

    /// <summary>How many numbers were observed, zeros included.</summary>
    public long Count { get; private set; }

    /// <summary>Width of a bin.</summary>
    public double BinWidth => Math.ScaleB(1, _exponent);

    /// <summary>Numbers in each bin; bin i begins at (i − 2048) · <see cref="BinWidth"/>.</summary>
    public IReadOnlyList<long> Counts => _counts;

    /// <summary>The smallest and the largest number observed.</summary>
    /// <exception cref="InvalidOperationException">Nothing was observed.</exception>
    public ValueRange Limits => Count > 0 ? new(_low, _high) : throw new InvalidOperationException("Nothing was observed.");

    /// <summary>Adds numbers.</summary>
    /// <param name="values">Finite numbers.</param>
    /// <param name="limitsOnly">Whether only limits are wanted, which is many times faster.</param>
    /// <exception cref="ArgumentException">A number is not finite; nothing is added then.</exception>
    public void Add(ReadOnlySpan<float> values, bool limitsOnly = false)
    {
        if (values.IsEmpty)
        {
            return;
        }

        var (low, high) = (TensorPrimitives.Min(values), TensorPrimitives.Max(values));
        if (!float.IsFinite(low) || !float.IsFinite(high))
        {
            throw new ArgumentException("A number is not finite.", nameof(values));
        }

        Count += values.Length;
        _low = Math.Min(_low, low);
        _high = Math.Max(_high, high);
        if (limitsOnly)
        {
            return;
        }

        while (high >= Half * BinWidth || low < -Half * BinWidth)
        {
            Widen();
        }

        var scale = (float)Math.ScaleB(1, -_exponent);
        foreach (var value in values)
        {
            _counts[(int)MathF.Floor(value * scale) + Half]++;
        }
    }

    /// <summary>The range that a method chooses.</summary>
    /// <exception cref="InvalidOperationException">Nothing was observed.</exception>
    public ValueRange Range(CalibrationMethod method) => method switch
    {
        CalibrationMethod.MinMax => Limits,
        CalibrationMethod.Percentile => Percentile(KeptShare),
        _ => Entropy(),
    };

    /// <summary>
    /// The range between the quantiles 1 − share and share, interpolated within bins and kept within the limits. Each half
    /// is taken by itself: a quantile on the other side of zero is zero.
    /// </summary>
    /// <param name="share">Above 0.5, at most 1.</param>
    public ValueRange Percentile(double share)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(share, 0.5);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        var limits = Limits;
        return new(
            Math.Clamp((float)Quantile(1 - share), limits.Low, Math.Max(limits.Low, 0)),
            Math.Clamp((float)Quantile(share), Math.Min(limits.High, 0), limits.High));
    }

    /// <summary>
    /// The range [−t, t], cut to the limits, for which the distribution with everything outside moved to its ends (P) and the
    /// same distribution told apart in 256 levels only (Q) are closest: the least Σ P · ln(P / Q). The bin that holds zero
    /// stays out: after a ReLU it would outweigh all others, and zero is exact in any case.
    /// </summary>
    public ValueRange Entropy()
    {
        var limits = Limits;
        var last = Math.Max(Bin(limits.High) - Half, Half - 1 - Bin(limits.Low)) + 1;
        var oneSided = limits.Low >= 0;
        var (best, least) = (last, double.PositiveInfinity);

        // One-sided values have 256 levels for t, others for 2·t; below that there is nothing to tell apart.
        var step = Math.Max(1, Half / 128);
        for (var t = oneSided ? Levels : Levels / 2; t < last; t += step)
        {
            var divergence = Divergence(oneSided ? Half : Half - t, Half + t);
            if (divergence < least)
            {
                (best, least) = (t, divergence);
            }
        }

        if (Divergence(oneSided ? Half : Half - last, Math.Min(Half + last, Bins)) <= least)
        {
            best = last;
        }

        var bound = (float)(best * BinWidth);
        return new(Math.Max(limits.Low, -bound), Math.Min(limits.High, bound));
    }

    /// <summary>Σ P · ln(P / Q) when the bins from, …, to − 1 are kept.</summary>
    private double Divergence(int from, int to)
    {
        from = Math.Max(from, 0);
        var kept = _counts.AsSpan(from, to - from).ToArray();
        if (from <= Half && Half < to)
        {
            kept[Half - from] = 0;
        }

        var p = kept.Select(count => (double)count).ToArray();
        p[0] += _counts.AsSpan(0, from).ToArray().Sum();
        p[^1] += _counts.AsSpan(to).ToArray().Sum();
        double total = p.Sum(), inside = kept.Sum();
        if (total == 0)
        {
            return 0;
        }

        if (inside == 0)
        {
            return double.PositiveInfinity;
        }

        var divergence = 0.0;
        for (var level = 0; level < Levels; level++)
        {
            var (first, end) = ((int)((long)level * p.Length / Levels), (int)((long)(level + 1) * p.Length / Levels));
            var filled = 0;
            double sum = 0;
            for (var i = first; i < end; i++)
            {
                sum += kept[i];
                filled += p[i] > 0 ? 1 : 0;
            }

            for (var i = first; i < end; i++)
            {
                if (p[i] > 0)
                {
                    // A level that holds nothing but what was moved there: as unlikely as a single number.
                    var q = Math.Max(sum, 1) / filled / inside;
                    divergence += p[i] / total * Math.Log(p[i] / total / q);
                }
            }
        }

        return divergence;
    }

    private double Quantile(double share)
    {
        var wanted = share * Count;
        double before = 0;
        for (var i = 0; i < Bins; i++)
        {
            if (_counts[i] > 0 && before + _counts[i] >= wanted)
            {
                return (i - Half + ((wanted - before) / _counts[i])) * BinWidth;
            }

            before += _counts[i];
        }

        return _high;
    }

    private int Bin(float value) => Math.Clamp((int)Math.Floor(value / BinWidth) + Half, 0, Bins - 1);

    private void Widen()
    {
        _exponent++;
        var merged = new long[Bins];
        for (var i = 0; i < Bins; i++)
        {
            merged[((i - Half) >> 1) + Half] += _counts[i];
        }

        merged.CopyTo(_counts, 0);
    }
}
