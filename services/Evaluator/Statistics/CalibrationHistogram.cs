namespace OrganSeg.Evaluator.Statistics;

/// <summary>
/// Counts predictions by confidence, and says how far confidence is from accuracy (C. Guo, G. Pleiss, Y. Sun and K. Q.
/// Weinberger, On Calibration of Modern Neural Networks, ICML 2017, equations 2 to 5). Not thread-safe: count apart, then
/// <see cref="Add(CalibrationHistogram)"/>.
/// </summary>
/// <param name="bins">Number of bins of equal width; 15 is theirs.</param>
internal sealed class CalibrationHistogram(int bins = 15)
{
    private readonly long[] _counts = new long[bins];
    private readonly long[] _correct = new long[bins];
    private readonly double[] _confidences = new double[bins];

    /// <summary>Predictions so far.</summary>
    public long Count => _counts.Sum();

    /// <summary>The bins, from low confidence to high.</summary>
    public IReadOnlyList<ReliabilityBin> Bins =>
    [
        .. Enumerable.Range(0, bins).Select(bin => new ReliabilityBin(
            (double)bin / bins,
            (bin + 1.0) / bins,
            _counts[bin],
            _counts[bin] == 0 ? null : _confidences[bin] / _counts[bin],
            _counts[bin] == 0 ? null : (double)_correct[bin] / _counts[bin])),
    ];

    /// <summary>
    /// Expected calibration error: mean of |accuracy − confidence| over the bins, weighted by their counts; 0…1, null without
    /// predictions.
    /// </summary>
    public double? ExpectedCalibrationError =>
        Count is > 0 and var all ? Enumerable.Range(0, bins).Sum(bin => Math.Abs(_correct[bin] - _confidences[bin])) / all : null;

    /// <summary>The largest |accuracy − confidence| of any bin; null without predictions.</summary>
    public double? MaximumCalibrationError => Bins.Max(bin => bin.Confidence is { } confidence && bin.Accuracy is { } accuracy
        ? Math.Abs(accuracy - confidence) : (double?)null);

    /// <summary>Counts one prediction.</summary>
    /// <param name="confidence">Probability of the class predicted, 0…1.</param>
    /// <param name="correct">Whether it is the reference's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The confidence is outside 0…1.</exception>
    public void Add(double confidence, bool correct) => Add(confidence, 1, correct ? 1 : 0);

    /// <summary>Counts many predictions of one confidence, as from a histogram counted elsewhere.</summary>
    /// <param name="confidence">Probability of the class predicted, 0…1; of a histogram's bin, its mean.</param>
    /// <param name="count">Number of predictions.</param>
    /// <param name="correct">How many of them are the reference's.</param>
    /// <exception cref="ArgumentOutOfRangeException">The confidence is outside 0…1, or more are correct than there are.
    /// </exception>
    public void Add(double confidence, long count, long correct)
    {
        if (!(confidence is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "A confidence lies in 0…1.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(correct);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(correct, count);
        // Bins are open below and closed above, as in the paper; 0 itself falls into the first.
        var bin = Math.Max(0, (int)Math.Ceiling(confidence * bins) - 1);
        _counts[bin] += count;
        _correct[bin] += correct;
        _confidences[bin] += confidence * count;
    }

    /// <summary>Adds what was counted apart.</summary>
    /// <exception cref="ArgumentException">The number of bins differs.</exception>
    public void Add(CalibrationHistogram other)
    {
        if (other._counts.Length != bins)
        {
            throw new ArgumentException("Histograms must have the same bins.", nameof(other));
        }

        for (var bin = 0; bin < bins; bin++)
        {
            _counts[bin] += other._counts[bin];
            _correct[bin] += other._correct[bin];
            _confidences[bin] += other._confidences[bin];
        }
    }
}
