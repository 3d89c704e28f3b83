using OrganSeg.Cli.Work;

namespace OrganSeg.Cli.Tests;

/// <summary>Figures of a load.</summary>
public sealed class LoadResultTests
{
    // Nearest rank, by hand.
    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(0.9, 9)]
    [InlineData(0.91, 10)]
    [InlineData(0.99, 10)]
    [InlineData(1, 10)]
    [InlineData(0.01, 1)]
    public void Percentile_TenValues_NearestRank(double share, double expected) =>
        Assert.Equal(expected, LoadResult.Percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share));

    [Fact]
    public void Percentile_NoValue_IsNone() => Assert.Null(LoadResult.Percentile([], 0.5));

    [Theory]
    [InlineData("--in-flight", "0")]
    [InlineData("--seconds", "0")]
    [InlineData("--size", "8")]
    [InlineData("--call", "everything")]
    public async Task Bench_WrongOption_IsWrongUsage(string option, string value)
    {
        var result = await Invocation.RunAsync("bench", option, value);

        Assert.Equal(ExitCode.WrongUsage, result.ExitCode);
        Assert.Contains(option, result.Error);
    }

    [Fact]
    public async Task Bench_NobodyAnswers_FailsWithTheReason()
    {
        var result = await Invocation.RunAsync("bench", "--endpoint", "http://127.0.0.1:1", "--seconds", "0.1", "--call", "slices");

        Assert.Equal(ExitCode.Failed, result.ExitCode);
        Assert.Contains("Unavailable", result.Error);
    }
}
