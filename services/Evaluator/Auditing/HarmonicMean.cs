namespace OrganSeg.Evaluator.Auditing;

/// <summary>F1 as it follows from precision and recall of the same counts.</summary>
internal static class HarmonicMean
{
    /// <summary>2PR/(P + R), and 0 at P = R = 0. Monotone in both, and concave.</summary>
    public static decimal Of(decimal precision, decimal recall) =>
        precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);

    /// <inheritdoc cref="Of(decimal, decimal)"/>
    public static double Of(double precision, double recall) =>
        precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
}
