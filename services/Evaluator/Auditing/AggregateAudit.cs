namespace OrganSeg.Evaluator.Auditing;

/// <summary>The same check for aggregated rows of our own reports, which are not rounded.</summary>
/// <param name="Harmonic">2PR/(P + R).</param>
/// <param name="Difference">F1 minus that: 0 for pooled rows, at most 0 for means over units in which all three are defined.
/// </param>
/// <param name="Consistent">They agree to 1e-9.</param>
/// <param name="Explanation">What the difference comes from; empty when consistent.</param>
internal sealed record AggregateAudit(double Harmonic, double Difference, bool Consistent, string Explanation)
{
    private const double Tolerance = 1e-9;

    /// <summary>Checks a row: of pooled counts, or of means over images or patients.</summary>
    /// <param name="precision">0…1, or null where undefined.</param>
    /// <param name="recall">Likewise.</param>
    /// <param name="f1">Likewise.</param>
    /// <param name="unit">What was averaged over, such as <c>patients</c>; null for pooled counts.</param>
    /// <returns>Null when a value is undefined.</returns>
    public static AggregateAudit? Of(double? precision, double? recall, double? f1, string? unit)
    {
        if (precision is not { } p || recall is not { } r || f1 is not { } f)
        {
            return null;
        }

        var harmonic = HarmonicMean.Of(p, r);
        var difference = f - harmonic;
        var consistent = Math.Abs(difference) <= Tolerance;
        var explanation = (consistent, unit, difference < 0) switch
        {
            (true, _, _) => "",
            (_, null, _) => $"Pooled F1 differs from 2PR/(P+R) by {difference:0.#########}: the counts are wrong.",
            (_, _, true) => $"F1 is averaged over {unit} and lies {-difference:0.####} below 2PR/(P+R) of the averages.",
            _ => $"F1 is averaged over {unit} and lies {difference:0.####} above 2PR/(P+R) of the averages: precision, recall and "
                + $"F1 are not defined in the same {unit}.",
        };
        return new AggregateAudit(harmonic, difference, consistent, explanation);
    }
}
