using OrganSeg.Imaging;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Watching;
using OrganSeg.Trainer.Weights;

namespace OrganSeg.Trainer.Tests.Watching;

public sealed class RunPicturesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(9)]
    public void DrawPredictions_Session_IsLeftAsItWas(int count)
    {
        using var slices = TinyData.Slices(count);
        using var session = new TrainingSession(TinyData.Specification with { WeightAveraging = 0.9 });
        var before = SafeTensors.Write(session.Network.State);

        var png = new RunPictures(LabelSchema.Abdomen, slices).DrawPredictions(session);

        Assert.Equal("PNG"u8.ToArray(), png[1..4]);
        Assert.Equal(before, SafeTensors.Write(session.Network.State));
    }

    [Fact]
    public void DrawCurve_NoEpochYet_ShowsEmptyAxes()
    {
        using var slices = TinyData.Slices(1);

        Assert.Equal("PNG"u8.ToArray(), new RunPictures(LabelSchema.Abdomen, slices).DrawCurve([])[1..4]);
    }
}
