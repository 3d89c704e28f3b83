namespace OrganSeg.Evaluator.Robustness;

/// <summary>One organ under one perturbation.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="F1">Pooled F1 at each severity; null where undefined.</param>
/// <param name="Bound">F1 below which the organ counts as broken; null where the unperturbed F1 is undefined.</param>
/// <param name="BreakPoint">
/// Severity at which F1 first falls below the bound, by linear interpolation; null where it never does.
/// </param>
internal sealed record OrganCurve(string Organ, IReadOnlyList<double?> F1, double? Bound, double? BreakPoint)
{
    /// <param name="organ">Name in the label schema.</param>
    /// <param name="severities">Growing.</param>
    /// <param name="f1">At each severity; the first is unperturbed.</param>
    /// <param name="keptShare">Share of the unperturbed F1 that makes the bound.</param>
    public static OrganCurve Of(string organ, IReadOnlyList<double> severities, IReadOnlyList<double?> f1, double keptShare)
    {
        var bound = keptShare * f1[0];
        return new OrganCurve(organ, f1, bound, bound is { } defined ? BreakPointOf(severities, f1, defined) : null);
    }

    /// <summary>F1 between two severities, by linear interpolation; null outside the series or beside an undefined value.</summary>
    public static double? At(IReadOnlyList<double> severities, IReadOnlyList<double?> f1, double severity)
    {
        for (var i = 0; i < severities.Count; i++)
        {
            if (severities[i] == severity)
            {
                return f1[i];
            }

            if (i > 0 && severities[i - 1] < severity && severity < severities[i])
            {
                var share = (severity - severities[i - 1]) / (severities[i] - severities[i - 1]);
                return f1[i - 1] + (share * (f1[i] - f1[i - 1]));
            }
        }

        return null;
    }

    private static double? BreakPointOf(IReadOnlyList<double> severities, IReadOnlyList<double?> f1, double bound)
    {
        // Undefined values say nothing; the line goes on to the next defined one.
        double? before = null;
        var beforeAt = 0.0;
        for (var i = 0; i < severities.Count; i++)
        {
            if (f1[i] is not { } value)
            {
                continue;
            }

            if (value < bound)
            {
                return before is { } last
                    ? beforeAt + ((last - bound) / (last - value) * (severities[i] - beforeAt))
                    : severities[i];
            }

            (before, beforeAt) = (value, severities[i]);
        }

        return null;
    }
}
