using MathNet.Numerics.Distributions;
using OrganSeg.Evaluator.Metrics;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// Bootstrap-t (studentized) confidence intervals, resampled by patient: B. Efron and R. J. Tibshirani, An Introduction to
/// the Bootstrap, 1993, section 12.5. Patients are the independent units; slices of one patient are not, and resampling
/// them would make every interval too short.
/// <para>
/// Every quantity here is a ratio of two sums over patients, R = Σaᵢ/Σbᵢ: the mean has bᵢ = 1, and pooled F1 has
/// aᵢ = 2TPᵢ and bᵢ = 2TPᵢ + FPᵢ + FNᵢ. Its squared standard error is the jackknife's, (n−1)/n·Σ(R₍ᵢ₎ − R̄)² (Efron and
/// Tibshirani, section 11.5), which for the mean is s²/n exactly. In each resample t* = (R* − R)/se*; the interval is
/// [R − t*₍₁₋α/₂₎·se, R − t*₍α/₂₎·se], cut to where the quantity can lie. Where the bᵢ differ, the tails are those of a
/// normal quantile √(n/(n−1)) times as far out. docs/evaluation.md has the coverage that simulations show, also of the
/// transforms that were not taken.
/// </para>
/// </summary>
internal static class Bootstrap
{
    /// <summary>
    /// Below this number of units, intervals are Student's: resamples of seven repeat so few values that their standard
    /// errors come near zero, and with them the limits fly apart.
    /// </summary>
    public const int FewestUnits = 8;

    // Of the standard error of all units: what rounding leaves in a resample of one repeated value.
    private const double Negligible = 1e-7;

    /// <summary>Interval of the mean over patients.</summary>
    /// <param name="values">One value a patient, in an order that does not change from call to call.</param>
    /// <param name="bounds">Where values can lie.</param>
    /// <param name="options">Seed, number of resamples and level.</param>
    /// <exception cref="ArgumentException">A value is not finite, or outside the bounds.</exception>
    public static ConfidenceInterval OfMean(IReadOnlyList<double> values, Bounds bounds, BootstrapOptions options)
    {
        if (values.Any(value => !double.IsFinite(value) || !bounds.Contains(value)))
        {
            throw new ArgumentException($"Values must be finite and in [{bounds.Low}, {bounds.High}].", nameof(values));
        }

        return Interval([.. values], [.. Enumerable.Repeat(1.0, values.Count)], bounds, options, (1 - options.Level) / 2);
    }

    /// <summary>
    /// Interval of pooled F1 = 2ΣTP/(2ΣTP + ΣFP + ΣFN). A patient without the organ in either map takes no part, as it has no
    /// part in the sums.
    /// </summary>
    /// <param name="patients">Counts of one organ, one a patient, in an order that does not change from call to call.</param>
    /// <param name="options">Seed, number of resamples and level.</param>
    public static ConfidenceInterval OfPooledF1(IEnumerable<PixelCounts> patients, BootstrapOptions options)
    {
        PixelCounts[] with = [.. patients.Where(patient => !patient.IsEmpty)];
        return OfRatio(
            Array.ConvertAll(with, patient => 2.0 * patient.TruePositives),
            Array.ConvertAll(with, patient => 2.0 * patient.TruePositives + patient.FalsePositives + patient.FalseNegatives),
            Bounds.Unit,
            options);
    }

    /// <summary>Interval of Σ<paramref name="parts"/>/Σ<paramref name="wholes"/> over patients.</summary>
    /// <param name="parts">Numerators, one a patient.</param>
    /// <param name="wholes">Denominators, each above zero.</param>
    /// <param name="bounds">Where the ratio can lie.</param>
    /// <param name="options">Seed, number of resamples and level.</param>
    /// <exception cref="ArgumentException">The lengths differ, or a denominator is not above zero.</exception>
    public static ConfidenceInterval OfRatio(double[] parts, double[] wholes, Bounds bounds, BootstrapOptions options)
    {
        if (parts.Length != wholes.Length || wholes.Any(whole => !(whole > 0)))
        {
            throw new ArgumentException("Each unit needs a denominator above zero.", nameof(wholes));
        }

        // Few patients can hold much of an organ, and the jackknife then sees too little spread. Without this, coverage of
        // skewed values was 93 % (T. Hesterberg, The American Statistician 69, 2015, has the factor for percentiles).
        var units = parts.Length;
        var normal = Normal.InvCDF(0, 1, (1 - options.Level) / 2);
        var tail = units < 2 ? 0 : Normal.CDF(0, 1, normal * Math.Sqrt(units / (units - 1.0)));
        return Interval(parts, wholes, bounds, options, tail);
    }

    private static ConfidenceInterval Interval(
        double[] parts, double[] wholes, Bounds bounds, BootstrapOptions options, double tail)
    {
        options.Check();
        var units = parts.Length;
        if (units < 2)
        {
            return ConfidenceInterval.Without(units == 0 ? null : parts[0] / wholes[0], options.Level, units);
        }

        var (ratio, error) = Jackknife(parts, wholes);
        if (error <= 1e-12 * Math.Abs(ratio))
        {
            return ConfidenceInterval.Without(ratio, options.Level, units);
        }

        if (units >= FewestUnits)
        {
            var sorted = Studentized(parts, wholes, ratio, error, options);
            var (low, high) = (Quantile(sorted, tail), Quantile(sorted, 1 - tail));
            if (double.IsFinite(low) && double.IsFinite(high))
            {
                return new ConfidenceInterval(
                    ratio,
                    bounds.Clip(ratio - high * error),
                    bounds.Clip(ratio - low * error),
                    options.Level,
                    units,
                    IntervalMethod.BootstrapT,
                    options.Resamples,
                    options.Seed);
            }
        }

        var reach = StudentT.InvCDF(0, 1, units - 1, 1 - tail) * error;
        return new ConfidenceInterval(
            ratio, bounds.Clip(ratio - reach), bounds.Clip(ratio + reach), options.Level, units, IntervalMethod.StudentT);
    }

    /// <summary>t* of every resample, in ascending order; infinite where a resample without spread misses the estimate.</summary>
    private static double[] Studentized(
        double[] parts, double[] wholes, double ratio, double error, BootstrapOptions options)
    {
        var random = new ResamplingRandom(options.Seed);
        var (drawnParts, drawnWholes) = (new double[parts.Length], new double[parts.Length]);
        var result = new double[options.Resamples];
        for (var resample = 0; resample < result.Length; resample++)
        {
            for (var i = 0; i < drawnParts.Length; i++)
            {
                var unit = random.Next(parts.Length);
                (drawnParts[i], drawnWholes[i]) = (parts[unit], wholes[unit]);
            }

            var (drawn, drawnError) = Jackknife(drawnParts, drawnWholes);
            var distance = drawn - ratio;
            result[resample] = drawnError > Negligible * error ? distance / drawnError
                : Math.Abs(distance) <= Negligible * error ? 0
                : distance > 0 ? double.PositiveInfinity : double.NegativeInfinity;
        }

        Array.Sort(result);
        return result;
    }

    /// <summary>The ratio of the sums and its jackknife standard error.</summary>
    private static (double Ratio, double Error) Jackknife(double[] parts, double[] wholes)
    {
        var (part, whole, units) = (0.0, 0.0, parts.Length);
        for (var i = 0; i < units; i++)
        {
            part += parts[i];
            whole += wholes[i];
        }

        // Around the ratio itself, so that the squares lose no digits; then around their mean.
        var ratio = part / whole;
        var (sum, squares) = (0.0, 0.0);
        for (var i = 0; i < units; i++)
        {
            var moved = (ratio * wholes[i] - parts[i]) / (whole - wholes[i]);
            sum += moved;
            squares += moved * moved;
        }

        var variance = (units - 1.0) / units * (squares - sum * sum / units);
        return (ratio, Math.Sqrt(Math.Max(0, variance)));
    }

    /// <summary>The (B + 1)p-th of B sorted values, between neighbours by interpolation (Hyndman and Fan 1996, type 6).</summary>
    private static double Quantile(double[] sorted, double p)
    {
        // A position that is whole but for rounding is whole, so that no infinite neighbour comes in with weight zero.
        var position = Math.Round((sorted.Length + 1) * p - 1, 9);
        var below = Math.Clamp((int)Math.Floor(position), 0, sorted.Length - 1);
        var weight = position - below;
        return weight <= 0 || below + 1 == sorted.Length
            ? sorted[below]
            : sorted[below] + weight * (sorted[below + 1] - sorted[below]);
    }
}
