using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class EpochPlanTests
{
    [Fact]
    public void Of_SameEpoch_IsTheSame_AndAnotherEpochDiffers()
    {
        var spec = TinyData.Specification;
        var first = EpochPlan.Of(spec, new bool[40], 0);

        Assert.Equal(first, EpochPlan.Of(spec, new bool[40], 0));
        Assert.NotEqual(first, EpochPlan.Of(spec, new bool[40], 1));
        Assert.NotEqual(first, EpochPlan.Of(spec with { Seed = 8 }, new bool[40], 0));
        Assert.Equal(Enumerable.Range(0, 40), first.SelectMany(batch => batch).Order());
    }

    [Fact]
    public void Of_SlicesBesideFullBatches_WaitForAnotherEpoch()
    {
        var plan = EpochPlan.Of(TinyData.Specification, new bool[11], 0);

        Assert.Equal([4, 4], plan.Select(batch => batch.Length));
    }

    [Fact]
    public void Of_FewerSlicesThanABatch_AreOneBatch() =>
        Assert.Equal([3], EpochPlan.Of(TinyData.Specification, new bool[3], 0).Select(batch => batch.Length));

    [Fact]
    public void Of_NegativeShare_ThinsNegativesOut()
    {
        // 30 positives; a quarter negatives means 10 of 50.
        bool[] negative = [.. Enumerable.Range(0, 80).Select(i => i >= 30)];
        var plan = EpochPlan.Of(TinyData.Specification with { NegativeShare = 0.25 }, negative, 0);

        var chosen = plan.SelectMany(batch => batch).ToArray();
        Assert.Equal(40, chosen.Length);
        Assert.Equal(10, chosen.Count(slice => negative[slice]));
    }
}
