namespace OrganSeg.Evaluator.Tests.Statistics;

/// <summary>Fixed inputs; what SciPy 1.15.3 and NumPy 2.2.4 give for them stands in the tests.</summary>
internal static class Samples
{
    public static readonly double[] First =
        [0.9321, 0.9105, 0.8874, 0.9412, 0.9010, 0.8650, 0.9233, 0.9518, 0.8795, 0.9150, 0.9387, 0.8901];

    public static readonly double[] Second =
        [0.9250, 0.9151, 0.8702, 0.9310, 0.8911, 0.8399, 0.9201, 0.9402, 0.8811, 0.9010, 0.9299, 0.8703];

    /// <summary>Twelve differences without ties.</summary>
    public static readonly double[] Plain = [.. First.Zip(Second, (a, b) => a - b)];

    /// <summary>Many ties, no zero.</summary>
    public static readonly double[] Tied = [3, -1, 2, 2, 5, -2, 4, 1, 1, 6, -3, 2, 7, 4];

    /// <summary>Ties and three zeros.</summary>
    public static readonly double[] Zeros = [0, 3, -1, 2, 0, 5, -2, 4, 1, 7, 6, 0, 8, -3, 9];

    /// <summary>Thirty differences, which is beyond the exact distribution; ties and a zero.</summary>
    public static readonly double[] Long = [.. Enumerable.Range(0, 30).Select(i => (i * 37 % 41 - 15) / 8.0)];
}
