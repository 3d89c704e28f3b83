using OrganSeg.Evaluator.Robustness;

namespace OrganSeg.Evaluator.Tests.Robustness;

public sealed class OrganCurveTests
{
    private static readonly double[] Severities = [0, 10, 20];

    [Fact]
    public void Of_FallsBetweenTwoSeverities_Interpolates()
    {
        // From .95 at 10 to .75 at 20: .9 is a quarter of the way, at 12.5.
        var curve = OrganCurve.Of("liver", Severities, [1, 0.95, 0.75], 0.9);

        Assert.Equal(0.9, curve.Bound);
        Assert.Equal(12.5, curve.BreakPoint!.Value, 1e-12);
    }

    [Fact]
    public void Of_NeverBelow_NoBreakPoint() => Assert.Null(OrganCurve.Of("liver", Severities, [0.8, 0.75, 0.73], 0.9).BreakPoint);

    [Fact]
    public void Of_UndefinedBetween_InterpolatesOverIt() =>
        Assert.Equal(10, OrganCurve.Of("liver", Severities, [1, null, 0.8], 0.9).BreakPoint!.Value, 1e-12);

    [Fact]
    public void Of_UndefinedUnperturbed_NoBound()
    {
        var curve = OrganCurve.Of("liver", Severities, [null, 0.5, 0.1], 0.9);

        Assert.Null(curve.Bound);
        Assert.Null(curve.BreakPoint);
    }

    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(5, 0.975)]
    [InlineData(20, null)]
    [InlineData(15, null)]
    [InlineData(21, null)]
    [InlineData(-1, null)]
    public void At_Severity_InterpolatesWithinWhatIsDefined(double severity, double? expected)
    {
        var value = OrganCurve.At(Severities, [1, 0.95, null], severity);

        Assert.Equal(expected is null, value is null);
        Assert.Equal(expected ?? 0, value ?? 0, 1e-12);
    }
}
