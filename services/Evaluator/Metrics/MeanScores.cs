namespace OrganSeg.Evaluator.Metrics;

/// <summary>Means over units (images or patients), each over the units in which that value is defined.</summary>
internal sealed record MeanScores(double? Precision, double? Recall, double? F1, DefinedCounts Defined)
{
    /// <summary>Averages what is defined; a mean over nothing is undefined.</summary>
    public static MeanScores Of(IEnumerable<OverlapScores> units)
    {
        var (precision, recall, f1) = (new Mean(), new Mean(), new Mean());
        foreach (var unit in units)
        {
            precision.Add(unit.Precision);
            recall.Add(unit.Recall);
            f1.Add(unit.F1);
        }

        return new MeanScores(
            precision.Value, recall.Value, f1.Value, new DefinedCounts(precision.Count, recall.Count, f1.Count));
    }

    private struct Mean
    {
        private double _sum;

        public int Count { get; private set; }

        public readonly double? Value => Count == 0 ? null : _sum / Count;

        public void Add(double? value)
        {
            if (value is { } defined)
            {
                _sum += defined;
                Count++;
            }
        }
    }
}
