namespace OrganSeg.Evaluator.Statistics;

/// <summary>Where a quantity can lie at all; limits of an interval never leave it.</summary>
internal readonly record struct Bounds(double Low, double High)
{
    /// <summary>Precision, recall, F1 and every other score of 0…1.</summary>
    public static Bounds Unit { get; } = new(0, 1);

    /// <summary>Differences of two scores.</summary>
    public static Bounds UnitDifference { get; } = new(-1, 1);

    /// <summary>Any real number.</summary>
    public static Bounds None { get; } = new(double.NegativeInfinity, double.PositiveInfinity);

    public bool Contains(double value) => value >= Low && value <= High;

    public double Clip(double value) => Math.Clamp(value, Low, High);
}
