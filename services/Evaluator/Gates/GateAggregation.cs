namespace OrganSeg.Evaluator.Gates;

/// <summary>Which of the three aggregations a gate's bounds are about.</summary>
internal enum GateAggregation
{
    /// <summary>All pixels of all images together.</summary>
    Pooled,

    /// <summary>Mean of images.</summary>
    PerImage,

    /// <summary>Mean of patients.</summary>
    PerPatient,
}
