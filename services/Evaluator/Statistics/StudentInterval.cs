using MathNet.Numerics.Distributions;

namespace OrganSeg.Evaluator.Statistics;

/// <summary>Intervals and p values of estimates that follow Student's t.</summary>
internal static class StudentInterval
{
    /// <summary>estimate ± t·error.</summary>
    public static ConfidenceInterval Of(double estimate, double error, int degreesOfFreedom, int units, double level)
    {
        var reach = StudentT.InvCDF(0, 1, degreesOfFreedom, 0.5 + level / 2) * error;
        return new ConfidenceInterval(estimate, estimate - reach, estimate + reach, level, units, IntervalMethod.StudentT);
    }

    /// <summary>Two-sided p of an estimate that is zero under the null hypothesis.</summary>
    public static double P(double estimate, double error, int degreesOfFreedom) =>
        2 * StudentT.CDF(0, 1, degreesOfFreedom, -Math.Abs(estimate / error));
}
