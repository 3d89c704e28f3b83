using OrganSeg.Imaging;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class ConfusionTests
{
    [Fact]
    public void F1ByOrgan_PooledCounts_AreAsByHand()
    {
        var confusion = new Confusion(5);
        // Rows are truth. Liver: 6 hits, 2 missed, 1 false; kidney: 0 hits, 1 missed; spleen: 3 false; no pancreas at all.
        confusion.Add([10, 1, 0, 2, 0, 2, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        confusion.Add([0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

        var f1 = confusion.F1ByOrgan(LabelSchema.Abdomen);

        Assert.Equal(["kidney", "liver", "spleen"], f1.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(12.0 / (12 + 1 + 2), f1["liver"], 1e-12);
        Assert.Equal(0, f1["kidney"]);
        Assert.Equal(0, f1["spleen"]);
    }
}
