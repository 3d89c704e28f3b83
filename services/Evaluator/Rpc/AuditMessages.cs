using OrganSeg.Evaluator.Auditing;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Rpc;

/// <summary>Puts an audit into messages.</summary>
internal static class AuditMessages
{
    public static AuditTableResponse Of(AuditResult audit)
    {
        var response = new AuditTableResponse { Flagged = (uint)audit.Flagged };
        response.Rows.AddRange(audit.Rows.Select(Of));
        response.Findings.AddRange(audit.Findings);
        return response;
    }

    private static AuditedTableRow Of(AuditedRow audited)
    {
        var message = new AuditedTableRow
        {
            Line = (uint)audited.Row.Line,
            Model = audited.Row.Model,
            Organ = audited.Row.Organ,
            Precision = audited.Row.Precision?.Text ?? "",
            Recall = audited.Row.Recall?.Text ?? "",
            F1 = audited.Row.F1?.Text ?? "",
            Status = audited.Status switch
            {
                RowStatus.Consistent => AuditedTableRow.Types.Status.Consistent,
                RowStatus.Inconsistent => AuditedTableRow.Types.Status.Inconsistent,
                _ => AuditedTableRow.Types.Status.Unchecked,
            },
            Explanation = audited.Explanation,
        };
        if (audited.Status != RowStatus.Unchecked)
        {
            message.Harmonic = (double)audited.Harmonic!;
            message.LowestF1 = (double)audited.LowestF1!;
            message.HighestF1 = (double)audited.HighestF1!;
            message.Difference = (double)audited.Difference!;
        }

        return message;
    }
}
