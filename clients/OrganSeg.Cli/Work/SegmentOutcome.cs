namespace OrganSeg.Cli.Work;

/// <summary>What became of a set of slices.</summary>
/// <param name="Written">Label files written.</param>
/// <param name="Failures">Files that could not be segmented, and why.</param>
/// <param name="Variants">Forms of the model that answered.</param>
internal sealed record SegmentOutcome(
    IReadOnlyList<string> Written, IReadOnlyList<FieldViolation> Failures, IReadOnlyList<string> Variants);
