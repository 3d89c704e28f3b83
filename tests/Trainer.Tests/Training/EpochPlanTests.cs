using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class EpochPlanTests
{
    [Fact]
    public void Of_SameEpoch_IsTheSame_AndAnotherEpochDiffers()
    {
        var spec = TinyData.Specification;
        var first = EpochPlan.Of(spec, Everywhere(40), 0);

        Assert.Equal(first, EpochPlan.Of(spec, Everywhere(40), 0));
        Assert.NotEqual(first, EpochPlan.Of(spec, Everywhere(40), 1));
        Assert.NotEqual(first, EpochPlan.Of(spec with { Seed = 8 }, Everywhere(40), 0));
        Assert.Equal(Enumerable.Range(0, 40), first.SelectMany(batch => batch).Order());
    }

    [Fact]
    public void Of_SlicesBesideFullBatches_WaitForAnotherEpoch()
    {
        var plan = EpochPlan.Of(TinyData.Specification, Everywhere(11), 0);

        Assert.Equal([4, 4], plan.Select(batch => batch.Length));
    }

    [Fact]
    public void Of_FewerSlicesThanABatch_AreOneBatch() =>
        Assert.Equal([3], EpochPlan.Of(TinyData.Specification, Everywhere(3), 0).Select(batch => batch.Length));

    [Fact]
    public void Of_NegativeShare_ThinsNegativesOut()
    {
        // 30 positives; a quarter negatives means 10 of 50.
        byte[][] organs = [.. Enumerable.Range(0, 80).Select(i => i >= 30 ? Array.Empty<byte>() : [1])];
        var plan = EpochPlan.Of(TinyData.Specification with { NegativeShare = 0.25 }, organs, 0);

        var chosen = plan.SelectMany(batch => batch).ToArray();
        Assert.Equal(40, chosen.Length);
        Assert.Equal(10, chosen.Count(slice => organs[slice].Length == 0));
    }

    [Fact]
    public void Of_AccumulatedSteps_TakeSeveralBatchesEach() => Assert.Equal(
        [12, 12, 12], EpochPlan.Of(TinyData.Specification with { AccumulationSteps = 3 }, Everywhere(40), 0).Select(step => step.Length));

    [Fact]
    public void Of_RareOrgans_DrawsTheirSlicesOftener()
    {
        // Organ 1 is in all 100 slices, organ 4 in 10 of them: weights 1/10 for ten slices and 1/100 for ninety, so that a
        // draw shows organ 4 with probability 1 / 1.9 where it would be 1 / 10. Fifty epochs are 5,000 draws.
        byte[][] organs = [.. Enumerable.Range(0, 100).Select(i => i < 10 ? new byte[] { 1, 4 } : [1])];
        var spec = TinyData.Specification with { Sampling = Sampling.RareOrgans };

        var drawn = Enumerable.Range(0, 50).SelectMany(epoch => EpochPlan.Of(spec, organs, epoch)).SelectMany(step => step).ToArray();

        Assert.Equal(5000, drawn.Length);
        // Five deviations of a binomial.
        Assert.InRange(drawn.Count(slice => slice < 10) / 5000.0, (1 / 1.9) - 0.036, (1 / 1.9) + 0.036);
        Assert.Equal(100, drawn.Distinct().Count());
    }

    private static byte[][] Everywhere(int count) => [.. Enumerable.Repeat<byte[]>([1], count)];
}
