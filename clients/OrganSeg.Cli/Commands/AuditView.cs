using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary>How audits of tables are shown.</summary>
internal static class AuditView
{
    public static void Show(Output output, AuditTableResponse audit)
    {
        output.Table(
            ["line", "model", "organ", " precision", " recall", " F1", " 2PR/(P+R)", " difference", "audit"],
            audit.Rows.Select(row => (IReadOnlyList<string>)
            [
                $"{row.Line}",
                row.Model,
                row.Organ,
                row.Precision,
                row.Recall,
                row.F1,
                row.HasHarmonic ? $"{row.Harmonic:0.000000}" : Format.Undefined,
                row.HasDifference ? row.Difference.ToString("+0.000000;\u22120.000000;0.000000") : Format.Undefined,
                Word(row),
            ]));
        foreach (var row in audit.Rows.Where(row => row.Status == AuditedTableRow.Types.Status.Inconsistent))
        {
            output.Line($"line {row.Line}, {row.Model}, {row.Organ}: {row.Explanation}");
        }

        foreach (var finding in audit.Findings)
        {
            output.Warning(finding);
        }

        output.Line($"{audit.Flagged} of {audit.Rows.Count} rows are flagged");
    }

    /// <summary>The document of <c>--json</c> and of <c>audit.json</c>.</summary>
    public static object Json(string table, AuditTableResponse audit) => new
    {
        Table = table,
        audit.Flagged,
        audit.Findings,
        Rows = audit.Rows.Select(row => new
        {
            row.Line,
            row.Model,
            row.Organ,
            row.Precision,
            row.Recall,
            row.F1,
            Status = Word(row),
            Harmonic = row.HasHarmonic ? row.Harmonic : (double?)null,
            LowestF1 = row.HasLowestF1 ? row.LowestF1 : (double?)null,
            HighestF1 = row.HasHighestF1 ? row.HighestF1 : (double?)null,
            Difference = row.HasDifference ? row.Difference : (double?)null,
            row.Explanation,
        }),
    };

    private static string Word(AuditedTableRow row) => row.Status switch
    {
        AuditedTableRow.Types.Status.Consistent => "consistent",
        AuditedTableRow.Types.Status.Inconsistent => "flagged",
        _ => "unchecked",
    };
}
