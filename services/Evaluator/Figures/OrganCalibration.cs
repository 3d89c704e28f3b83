using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Figures;

/// <summary>How far one organ's confidence is from its accuracy.</summary>
/// <param name="Organ">Name in the label schema.</param>
/// <param name="Bins">From low confidence to high; the predictions are pixels.</param>
/// <param name="ExpectedError">Expected calibration error, 0…1; null without a pixel.</param>
internal sealed record OrganCalibration(string Organ, IReadOnlyList<ReliabilityBin> Bins, double? ExpectedError)
{
    /// <summary>What a histogram has counted.</summary>
    public static OrganCalibration Of(string organ, CalibrationHistogram histogram) =>
        new(organ, histogram.Bins, histogram.ExpectedCalibrationError);
}
