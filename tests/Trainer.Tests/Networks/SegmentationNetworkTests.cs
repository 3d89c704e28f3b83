using OrganSeg.Trainer.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Networks;

public sealed class SegmentationNetworkTests
{
    [Theory]
    // Counted in PyTorch: the peer's module, and torchvision's deeplabv3_resnet50(num_classes=5).
    [InlineData("organsegnet", 31_392_233)]
    [InlineData("deeplabv3-resnet50", 39_634_757)]
    public void ParameterCount_WidthSixtyFour_IsThePeers(string architecture, long expected)
    {
        var count = ParameterOps.Declare(new NetworkOptions { Architecture = architecture }).Where(p => p.Learned).Sum(p => p.Count);

        Assert.Equal(expected, count);
    }

    [Theory]
    [InlineData("organsegnet")]
    [InlineData("deeplabv3-resnet50")]
    public void ForwardBackward_InADisposeScope_LeavesNoTensor(string architecture)
    {
        using var network = SegmentationNetwork.Create(new NetworkOptions { Architecture = architecture, Width = 8 }, 1);
        Step();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        Step();

        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);

        void Step()
        {
            using var scope = NewDisposeScope();
            var logits = network.Forward(randint(0, 256, [2, 1, 64, 48], ScalarType.Byte));
            Assert.Equal([2, 5, 64, 48], logits.shape);
            nn.functional.cross_entropy(logits, zeros(2, 64, 48, int64)).backward();
        }
    }
}
