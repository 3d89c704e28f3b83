namespace OrganSeg.Evaluator.Statistics;

/// <summary>How far the confidence in one organ is from accuracy.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Pixels">Predicted pixels.</param>
/// <param name="ExpectedError">Expected calibration error, 0…1; null without a pixel.</param>
/// <param name="MaximumError">The largest of any bin; null without a pixel.</param>
/// <param name="Bins">From low confidence to high.</param>
internal sealed record OrganReliability(
    string Organ, long Pixels, double? ExpectedError, double? MaximumError, IReadOnlyList<ReliabilityBin> Bins);
