using OrganSeg.Inference.Serving;

namespace OrganSeg.Inference.Tests;

/// <summary>Shares are counted exactly.</summary>
public sealed class RolloutSharesTests
{
    // As doubles 100 · 0.29 and 100 · 0.57 are a little less than 29 and 57.
    [Theory]
    [InlineData(0.01)]
    [InlineData(0.1)]
    [InlineData(0.29)]
    [InlineData(0.57)]
    [InlineData(0.99)]
    [InlineData(1)]
    public void Takes_Hundredths_ExactlySoManyOfEachHundredAndEvenlySpread(double share)
    {
        var shares = new RolloutShares();
        var taken = Enumerable.Range(0, 1000).Select(_ => shares.Takes("a", share) ? 1 : 0).ToArray();

        Assert.All(taken.Chunk(100), hundred => Assert.Equal((int)Math.Round(100 * share), hundred.Sum()));
        for (var first = 0; first < 900; first++)
        {
            Assert.InRange(taken[first..(first + 50)].Sum(), (50 * share) - 1, (50 * share) + 1);
        }
    }

    [Fact]
    public void Takes_TwoAtATime_EachHasItsOwnCount()
    {
        var shares = new RolloutShares();

        var taken = Enumerable.Range(0, 4).Select(_ => (shares.Takes("a", 0.5), shares.Takes("b", 0.25))).ToList();

        Assert.Equal([(false, false), (true, false), (false, false), (true, true)], taken);
    }

    [Fact]
    public async Task Takes_FromManyThreads_LosesNone()
    {
        var shares = new RolloutShares();
        var taken = 0;

        await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), TestContext.Current.CancellationToken, (_, _) =>
        {
            Interlocked.Add(ref taken, shares.Takes("a", 0.3) ? 1 : 0);
            return ValueTask.CompletedTask;
        });

        Assert.Equal(3000, taken);
    }
}
