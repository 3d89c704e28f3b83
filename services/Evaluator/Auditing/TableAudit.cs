namespace OrganSeg.Evaluator.Auditing;

/// <summary>
/// Checks whether the F1 of a published table can follow from its precision and recall.
/// <para>
/// With counts TP, FP and FN of one set of pixels, F1 = 2PR/(P + R) exactly (C. J. van Rijsbergen, Information Retrieval,
/// 1979), and only the digits that were rounded away can part them. That function grows with P and with R, so its smallest
/// and largest value lie at the corners of what P and R can have been. Where the printed F1, with its own half unit on either
/// side, lies outside, the three numbers do not come from one count.
/// </para>
/// <para>
/// Averages of P, R and F1 over the same units always part in one direction: the harmonic mean is concave, so by Jensen's
/// inequality mean F1 never lies above the harmonic mean of mean P and mean R (J. Opitz and S. Burst, Macro F1 and Macro F1,
/// arXiv:1911.03347, compare the two). A printed F1 below is probably such an average; one above cannot be.
/// </para>
/// </summary>
internal static class TableAudit
{
    private static readonly HashSet<string> MeanNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "mean", "average", "avg", "avg.", "overall", "all", "macro", "total",
    };

    /// <summary>Audits every row.</summary>
    public static AuditResult Check(IReadOnlyList<PrintedRow> rows)
    {
        AuditedRow[] audited = [.. rows.Select(row => Check(row, rows))];
        return new AuditResult(audited, [.. Findings(audited)]);
    }

    private static AuditedRow Check(PrintedRow row, IReadOnlyList<PrintedRow> table)
    {
        if (row.Precision is not { } precision || row.Recall is not { } recall || row.F1 is not { } f1)
        {
            return new AuditedRow(row, RowStatus.Unchecked, null, null, null, null, null, "A value is missing.");
        }

        var harmonic = HarmonicMean.Of(precision.Value, recall.Value);
        var lowest = HarmonicMean.Of(precision.Low, recall.Low);
        var highest = HarmonicMean.Of(precision.High, recall.High);
        var unexplained = Math.Max(0, Math.Max(lowest - f1.High, f1.Low - highest));
        var status = unexplained > 0 ? RowStatus.Inconsistent : RowStatus.Consistent;
        var result = new AuditedRow(row, status, harmonic, lowest, highest, f1.Value - harmonic, unexplained, "");
        return status == RowStatus.Consistent ? result : result with { Explanation = Explain(result, f1, table) };
    }

    private static string Explain(AuditedRow audited, PrintedScore f1, IReadOnlyList<PrintedRow> table)
    {
        var below = audited.Difference < 0;
        var text = $"F1 {f1.Text} is {Number(Math.Abs(audited.Difference ?? 0))} {(below ? "below" : "above")} 2PR/(P+R) = "
            + $"{Number(audited.Harmonic ?? 0)}; rounding explains {Number(audited.LowestF1 ?? 0)} to {Number(audited.HighestF1 ?? 0)}. ";
        if (IsMeanOfOthers(audited.Row, f1, table))
        {
            return text + "It is the mean of this model's other rows: a macro-average over classes.";
        }

        if (!below)
        {
            return text + "No average of all three over the same units gives this: mean F1 never lies above the harmonic mean of "
                + "mean P and mean R. Either they are averaged over different units, or a number is wrong.";
        }

        return text + (MeanNames.Contains(audited.Row.Organ)
            ? "The row is probably a macro-average: P, R and F1 each averaged over classes."
            : "The row is probably a macro-average: P, R and F1 each averaged over images, patients or folds. It cannot be "
                + "compared with rows that are pooled over pixels.");
    }

    private static bool IsMeanOfOthers(PrintedRow row, PrintedScore f1, IReadOnlyList<PrintedRow> table)
    {
        PrintedScore[] others =
        [
            .. table.Where(other => other != row && other.Model == row.Model).Select(other => other.F1).OfType<PrintedScore>(),
        ];
        return MeanNames.Contains(row.Organ)
            && others.Length > 1
            && f1.High >= others.Average(other => other.Low)
            && f1.Low <= others.Average(other => other.High);
    }

    private static IEnumerable<string> Findings(IReadOnlyList<AuditedRow> rows)
    {
        var models = rows
            .Where(row => row.Status != RowStatus.Unchecked && !MeanNames.Contains(row.Row.Organ))
            .GroupBy(row => row.Row.Model)
            .Select(model => (Name: model.Key, Rows: model.Count(), Flagged: model.Count(row => row.Status == RowStatus.Inconsistent)))
            .ToList();
        foreach (var (name, all, flagged) in models.Where(model => model.Flagged > 0))
        {
            yield return $"{name}: {flagged} of {all} rows are not 2PR/(P+R) of one count.";
        }

        var averaged = models.Where(model => model.Flagged > 0).Select(model => model.Name).ToList();
        var pooled = models.Where(model => model.Flagged == 0).Select(model => model.Name).ToList();
        if (averaged.Count > 0 && pooled.Count > 0)
        {
            yield return $"The rows of {string.Join(", ", averaged)} seem to be averages over some unit, while those of "
                + $"{string.Join(", ", pooled)} are consistent with pooling: the table may not compare like with like.";
        }
    }

    private static string Number(decimal value) => value.ToString("0.########");
}
