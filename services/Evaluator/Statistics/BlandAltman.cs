using MathNet.Numerics.Distributions;
using MathNet.Numerics.Statistics;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// Agreement of measured with reference values, such as volumes in millilitres (J. M. Bland and D. G. Altman, Statistical
/// Methods in Medical Research 8, 1999). A correlation does not answer this: twice the volume correlates perfectly.
/// </summary>
/// <param name="Bias">Mean of measured minus reference, in their unit, with its Student interval.</param>
/// <param name="Deviation">Standard deviation of the differences, in their unit.</param>
/// <param name="LowerLimit">Bias − 1.96 deviations: 95 % of differences of normal distribution lie above 2.5 % of it.</param>
/// <param name="UpperLimit">Bias + 1.96 deviations.</param>
/// <param name="Slope">Of the regression of differences on the means of both values: the bias grows by so much a unit of size.
/// Null when all means are equal, or with two pairs.</param>
/// <param name="Intercept">Of that regression, in their unit.</param>
/// <param name="SlopeP">Two-sided p of the slope being zero; small means that bias and limits depend on size.</param>
internal sealed record BlandAltman(
    ConfidenceInterval Bias,
    double Deviation,
    ConfidenceInterval LowerLimit,
    ConfidenceInterval UpperLimit,
    ConfidenceInterval? Slope,
    double? Intercept,
    double? SlopeP)
{
    /// <summary>Compares pairs of values, one pair a patient.</summary>
    /// <param name="pairs">Measured and reference.</param>
    /// <param name="level">Nominal coverage of the intervals; the limits of agreement hold 95 % at any level.</param>
    /// <returns>Null with fewer than two pairs.</returns>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public static BlandAltman? Of(IReadOnlyList<(double Measured, double Reference)> pairs, double level = 0.95)
    {
        if (pairs.Any(pair => !double.IsFinite(pair.Measured) || !double.IsFinite(pair.Reference)))
        {
            throw new ArgumentException("Values must be finite.", nameof(pairs));
        }

        var n = pairs.Count;
        if (n < 2)
        {
            return null;
        }

        double[] differences = [.. pairs.Select(pair => pair.Measured - pair.Reference)];
        double[] means = [.. pairs.Select(pair => (pair.Measured + pair.Reference) / 2)];
        var (bias, deviation) = (differences.Mean(), differences.StandardDeviation());
        var factor = Normal.InvCDF(0, 1, 0.975);
        // Var(d̄ ± z·s) ≈ s²(1/n + z²/(2(n − 1))), section 2.3 there.
        var limitError = deviation * Math.Sqrt(1.0 / n + factor * factor / (2 * (n - 1)));
        var (slope, intercept, p) = Regress(means, differences, level);
        return new BlandAltman(
            StudentInterval.Of(bias, deviation / Math.Sqrt(n), n - 1, n, level),
            deviation,
            StudentInterval.Of(bias - factor * deviation, limitError, n - 1, n, level),
            StudentInterval.Of(bias + factor * deviation, limitError, n - 1, n, level),
            slope,
            intercept,
            p);
    }

    /// <summary>Ordinary least squares of y on x.</summary>
    private static (ConfidenceInterval? Slope, double? Intercept, double? P) Regress(double[] x, double[] y, double level)
    {
        var n = x.Length;
        var (meanX, meanY) = (x.Mean(), y.Mean());
        var spread = x.Sum(value => (value - meanX) * (value - meanX));
        if (n < 3 || spread <= 1e-24 * n * meanX * meanX)
        {
            return (null, null, null);
        }

        var slope = x.Zip(y, (a, b) => (a - meanX) * (b - meanY)).Sum() / spread;
        var intercept = meanY - slope * meanX;
        var residuals = x.Zip(y, (a, b) => b - intercept - slope * a).Sum(residual => residual * residual);
        var error = Math.Sqrt(residuals / (n - 2) / spread);
        return (
            StudentInterval.Of(slope, error, n - 2, n, level),
            intercept,
            error > 0 ? StudentInterval.P(slope, error, n - 2) : slope == 0 ? 1 : 0);
    }
}
