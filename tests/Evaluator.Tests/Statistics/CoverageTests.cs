using MathNet.Numerics.Distributions;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Tests.Statistics;

/// <summary>
/// How often 95 % intervals hold the true value, on simulated patients. 1000 simulations have a standard error of 0.7 %;
/// ORGANSEG_COVERAGE_SIMULATIONS and ORGANSEG_COVERAGE_RESAMPLES ask for more. docs/evaluation.md has the figures of 20 000.
/// </summary>
public sealed class CoverageTests(ITestOutputHelper output)
{
    private static readonly int Simulations = Setting("ORGANSEG_COVERAGE_SIMULATIONS", 1000);

    private static readonly int Resamples = Setting("ORGANSEG_COVERAGE_RESAMPLES", 399);

    private static readonly int[] Patients = [10, 15, 20, 30];

    [Theory]
    [InlineData("Beta(27, 3), mean .90")]
    [InlineData("Beta(9, 1), mean .90")]
    [InlineData("Beta(5, 5), mean .50")]
    [InlineData("Beta(2, 2), mean .50")]
    [InlineData("Normal(.80, .05)")]
    public void OfMean_TenToThirtyPatients_CoversAsOftenAsSaid(string distribution)
    {
        var (draw, mean) = Distribution(distribution);
        var bounds = distribution.StartsWith('N') ? Bounds.None : Bounds.Unit;
        foreach (var patients in Patients)
        {
            var random = new ResamplingRandom((ulong)patients);
            var coverage = Coverage(mean, random, options => Bootstrap.OfMean(
                [.. Enumerable.Range(0, patients).Select(_ => draw(random))], bounds, options));

            output.WriteLine($"mean, {distribution}, {patients} patients: {coverage:0.0000}");
            Assert.InRange(coverage, 0.93, 0.97);
        }
    }

    // Organs of log-normal size; F1 of a patient does not depend on it, so that pooled F1 has the mean of the distribution.
    [Theory]
    [InlineData("Beta(27, 3), mean .90", 0.35)]
    [InlineData("Beta(9, 1), mean .90", 0.35)]
    [InlineData("Beta(5, 5), mean .50", 0.35)]
    [InlineData("Beta(27, 3), mean .90", 0.7)]
    public void OfPooledF1_TenToThirtyPatients_CoversAsOftenAsSaid(string distribution, double logDeviation)
    {
        var (draw, mean) = Distribution(distribution);
        foreach (var patients in Patients)
        {
            var random = new ResamplingRandom((ulong)patients);
            var coverage = Coverage(mean, random, options => Bootstrap.OfPooledF1(
                [.. Enumerable.Range(0, patients).Select(_ => Patient(draw(random), logDeviation, random))], options));

            output.WriteLine($"pooled F1, {distribution}, size {logDeviation}, {patients} patients: {coverage:0.0000}");
            Assert.InRange(coverage, 0.93, 0.97);
        }
    }

    private static int Setting(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), out var value) ? value : otherwise;

    private static double Coverage(double truth, ResamplingRandom random, Func<BootstrapOptions, ConfidenceInterval> simulate)
    {
        var held = 0;
        for (var simulation = 0; simulation < Simulations; simulation++)
        {
            var interval = simulate(new BootstrapOptions(random.Next()) { Resamples = Resamples });
            held += interval.Low <= truth && truth <= interval.High ? 1 : 0;
        }

        return (double)held / Simulations;
    }

    private static PixelCounts Patient(double f1, double logDeviation, ResamplingRandom random)
    {
        var both = 40_000 * Math.Exp(logDeviation * StandardNormal(random));
        var hits = (long)Math.Round(f1 * both / 2);
        var errors = (long)Math.Round(both) - 2 * hits;
        return new PixelCounts(hits, errors / 2, errors - errors / 2);
    }

    private static (Func<ResamplingRandom, double> Draw, double Mean) Distribution(string name) => name[..name.LastIndexOf(')')] switch
    {
        "Beta(27, 3" => (random => Beta(27, 3, random), 0.9),
        "Beta(9, 1" => (random => Beta(9, 1, random), 0.9),
        "Beta(5, 5" => (random => Beta(5, 5, random), 0.5),
        "Beta(2, 2" => (random => Beta(2, 2, random), 0.5),
        _ => (random => 0.8 + 0.05 * StandardNormal(random), 0.8),
    };

    // The a-th smallest of a + b − 1 uniform values has the distribution Beta(a, b).
    private static double Beta(int a, int b, ResamplingRandom random)
    {
        var values = new double[a + b - 1];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = random.Uniform();
        }

        Array.Sort(values);
        return values[a - 1];
    }

    private static double StandardNormal(ResamplingRandom random) => Normal.InvCDF(0, 1, Math.Max(random.Uniform(), 1e-300));
}
