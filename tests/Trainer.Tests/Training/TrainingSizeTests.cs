using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class TrainingSizeTests
{
    [Theory]
    [InlineData(96, 0.5, 0, 96)]
    // Half of the way from 96 to 224 is 160; a tenth is 108.8, nearest to 112.
    [InlineData(96, 0.5, 0.25, 160)]
    [InlineData(96, 0.5, 0.05, 112)]
    [InlineData(96, 0.5, 0.5, 224)]
    [InlineData(96, 0.5, 1, 224)]
    [InlineData(100, 1, 0, 96)]
    [InlineData(224, 1, 0, 224)]
    [InlineData(512, 1, 0, 224)]
    [InlineData(null, 1, 0, 224)]
    public void At_Progress_GrowsInStepsThatTheNetworkCanHalve(int? start, double growth, double progress, int expected)
    {
        var spec = TinyData.Specification with { StartSize = start, Growth = growth };

        Assert.Equal(expected, TrainingSize.At(spec, 224, progress));
    }
}
