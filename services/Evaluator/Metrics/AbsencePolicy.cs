namespace OrganSeg.Evaluator.Metrics;

/// <summary>What an organ counts in an image or a patient where a metric is 0/0 because it is absent from the reference, the
/// prediction or both. Distances have no value there under any policy.</summary>
internal enum AbsencePolicy
{
    /// <summary>An undefined value takes no part in a mean.</summary>
    Skip,

    /// <summary>An organ in neither map is a success, 1, in every metric of overlap; what else is undefined takes no part.</summary>
    OneIfBothEmpty,

    /// <summary>Every undefined value is 0.</summary>
    Zero,
}
