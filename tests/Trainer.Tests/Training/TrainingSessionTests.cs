using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class TrainingSessionTests
{
    [Fact]
    public void Step_Auxiliary_TrainsItsHeadAndCountsHalf()
    {
        using var scope = NewDisposeScope();
        var spec = TinyData.Specification with { Architecture = "deeplabv3-resnet50", InputChannels = 1, Dropout = 0, Auxiliary = true };
        using var with = new TrainingSession(spec);
        using var without = new TrainingSession(spec with { Auxiliary = false });
        without.Network.LoadState(with.Network.State
            .Where(pair => !pair.Key.StartsWith("aux", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key, pair => pair.Value));
        using var slices = TinyData.Slices(4);
        var before = with.Network.State["aux_classifier.4.weight"].detach().clone();

        var (images, labels) = slices.Batch([0, 1, 2, 3]);
        using var batch = new Batch([0, 1, 2, 3], images, labels);
        var difference = with.Step([batch], 0, 1e-3).Loss - without.Step([batch], 0, 1e-3).Loss;

        // Untrained, either head's loss is about ln 5 for the cross-entropy and 0.8 for the Dice part.
        Assert.InRange(difference, 0.5 * 1.6, 0.5 * 4);
        Assert.False(before.allclose(with.Network.State["aux_classifier.4.weight"]));
    }
}
