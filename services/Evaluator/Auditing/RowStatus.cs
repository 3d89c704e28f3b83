namespace OrganSeg.Evaluator.Auditing;

/// <summary>What the audit of a row says.</summary>
internal enum RowStatus
{
    /// <summary>A value is missing, so that nothing can be said.</summary>
    Unchecked,

    /// <summary>F1 is 2PR/(P + R) for some P, R and F1 that round to what is printed.</summary>
    Consistent,

    /// <summary>No rounding explains the difference.</summary>
    Inconsistent,
}
