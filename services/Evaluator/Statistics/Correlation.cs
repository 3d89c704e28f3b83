namespace OrganSeg.Evaluator.Statistics;

/// <summary>Correlations, such as of entropy with error.</summary>
internal static class Correlation
{
    /// <summary>Pearson's: how well a straight line describes the pairs.</summary>
    /// <returns>Null with fewer than three pairs, or when either value never changes.</returns>
    public static CorrelationResult? Pearson(IReadOnlyList<(double X, double Y)> pairs) =>
        Of([.. pairs.Select(pair => pair.X)], [.. pairs.Select(pair => pair.Y)]);

    /// <summary>Spearman's: Pearson's of the ranks, equal values sharing their mean rank.</summary>
    /// <returns>Null with fewer than three pairs, or when either value never changes.</returns>
    public static CorrelationResult? Spearman(IReadOnlyList<(double X, double Y)> pairs) => Of(
        Ranks.Of([.. pairs.Select(pair => pair.X)]).Ranks,
        Ranks.Of([.. pairs.Select(pair => pair.Y)]).Ranks);

    private static CorrelationResult? Of(double[] x, double[] y)
    {
        var n = x.Length;
        if (n < 3 || x.All(value => value == x[0]) || y.All(value => value == y[0]))
        {
            return null;
        }

        var (meanX, meanY) = (x.Average(), y.Average());
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < n; i++)
        {
            var (dx, dy) = (x[i] - meanX, y[i] - meanY);
            xx += dx * dx;
            yy += dy * dy;
            xy += dx * dy;
        }

        var r = Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
        // t = r·√((n − 2)/(1 − r²)); at r = ±1, which rounding may miss by an ulp, it is infinite and p is 0.
        var p = 1 - Math.Abs(r) < 1e-15 ? 0 : StudentInterval.P(r, Math.Sqrt((1 - r * r) / (n - 2)), n - 2);
        return new CorrelationResult(r, p, n);
    }
}
