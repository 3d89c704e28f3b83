using OrganSeg.Trainer.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Networks;

public sealed class SegmentationNetworkTests
{
    [Theory]
    // Counted in PyTorch: the peer's module, and torchvision's deeplabv3_resnet50(num_classes=5).
    [InlineData("organsegnet", 31_392_233, 160)]
    [InlineData("deeplabv3-resnet50", 39_634_757, 362)]
    [InlineData("deeplabv3-resnet50", 41_995_850, 370, true)]
    // Counted in PyTorch, in modules written from the papers and from the named implementations.
    [InlineData("unet", 31_042_629, 136)]
    [InlineData("attention-unet", 34_877_681, 240)]
    [InlineData("attention-unet-oktay", 35_205_760, 200)]
    public void Declare_WidthSixtyFour_IsWhatPyTorchCounts(
        string architecture, long parameters, int entries, bool auxiliary = false)
    {
        var declarations = ParameterOps.Declare(new NetworkOptions { Architecture = architecture, Auxiliary = auxiliary });

        Assert.Equal(parameters, declarations.Where(p => p.Learned).Sum(p => p.Count));
        Assert.Equal(entries, declarations.Count);
    }

    [Theory]
    // Counted in PyTorch, in units of 10^9 to one place.
    [InlineData("organsegnet", 37.7)]
    [InlineData("deeplabv3-resnet50", 31.3)]
    public void Cost_WidthSixtyFour_IsWhatPyTorchCounts(string architecture, double billions)
    {
        var cost = NetworkCost.Of(new NetworkOptions { Architecture = architecture }, 224);

        Assert.Equal(billions, cost.MultiplyAccumulates / 1e9, 0.05);
    }

    [Fact]
    public void Cost_Convolutions_IsWhatOneCountsByHand()
    {
        // First convolution of an encoder: 32·32 pixels, 4 channels out of 1, 3×3. Each later layer likewise.
        var without = NetworkCost.Of(new NetworkOptions { Architecture = "unet", Width = 4, Classes = 2 }, 32);
        var wider = NetworkCost.Of(new NetworkOptions { Architecture = "unet", Width = 4, Classes = 3 }, 32);

        // One more class is one more 1×1 convolution of 4 channels, with its bias, on 32·32 pixels.
        Assert.Equal(4 * 32 * 32, wider.MultiplyAccumulates - without.MultiplyAccumulates);
        Assert.Equal(5, wider.Parameters - without.Parameters);

        // By hand: encoder 4, 8, 16, 32 and bottleneck 64 of two 3×3 convolutions each on 32, 16, 8, 4 and 2 pixels a side; 2×2
        // transposed convolutions from 2, 4, 8 and 16 pixels a side; decoders of twice the channels; the head.
        long encoder = 0;
        long decoder = 0;
        for (var (level, side, from) = (0, 32, 1); level < 5; level++, side /= 2)
        {
            long channels = 4 << level;
            encoder += side * side * 9 * (from * channels + channels * channels);
            from = (int)channels;
            if (level < 4)
            {
                decoder += side / 2 * (side / 2) * 2 * channels * channels * 4 + side * side * 9 * (2 * channels * channels + channels * channels);
            }
        }

        Assert.Equal(encoder + decoder + 32 * 32 * 4 * 2, without.MultiplyAccumulates);
    }

    [Theory]
    // Printed from torchvision's state_dict.
    [InlineData("backbone.conv1.weight", new long[] { 64, 3, 7, 7 })]
    [InlineData("backbone.layer1.0.downsample.0.weight", new long[] { 256, 64, 1, 1 })]
    [InlineData("backbone.layer3.5.conv2.weight", new long[] { 256, 256, 3, 3 })]
    [InlineData("backbone.layer4.2.bn3.running_var", new long[] { 2048 })]
    [InlineData("classifier.0.convs.3.0.weight", new long[] { 256, 2048, 3, 3 })]
    [InlineData("classifier.0.convs.4.2.num_batches_tracked", new long[0])]
    [InlineData("classifier.0.project.0.weight", new long[] { 256, 1280, 1, 1 })]
    [InlineData("classifier.4.bias", new long[] { 5 })]
    [InlineData("aux_classifier.0.weight", new long[] { 256, 1024, 3, 3 })]
    [InlineData("aux_classifier.1.running_var", new long[] { 256 })]
    [InlineData("aux_classifier.4.weight", new long[] { 5, 256, 1, 1 })]
    public void Declare_DeepLabV3_HasTorchvisionsNamesAndShapes(string name, long[] shape)
    {
        var declarations = ParameterOps.Declare(new NetworkOptions { Architecture = "deeplabv3-resnet50", Auxiliary = true });

        Assert.Equal(shape, declarations.Single(p => p.Name == name).Shape);
    }

    [Fact]
    public void Forward_OrganSegNet_TrainsAsAPlainModuleDoes()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create("organsegnet", 8);
        using var peer = new PeerOrganSegNet(8, dilation: 2, classes: 5);
        var names = peer.state_dict();
        Assert.Equal(names.Keys.Order(), network.State.Keys.Order());
        using (no_grad())
        {
            foreach (var (name, tensor) in names)
            {
                tensor.copy_(network.State[name]);
            }
        }

        var image = randint(0, 256, [2, 1, 64, 48], ScalarType.Byte, generator: new Generator(3));
        var labels = randint(0, 5, [2, 64, 48], ScalarType.Int64, generator: new Generator(4));
        var logits = network.Forward(image);
        var expected = peer.call(image.to(float32));
        nn.functional.cross_entropy(logits, labels).backward();
        nn.functional.cross_entropy(expected, labels).backward();

        // Gradients of biases before a batch norm are zero but for rounding, so errors are taken against the largest.
        Assert.True(TestNetworks.RelativeL2(logits, expected) < 1e-5);
        var own = network.State;
        var largest = peer.parameters().Max(p => p.grad!.norm().item<float>());
        Assert.All(peer.named_parameters(), p =>
            Assert.True((own[p.name].grad! - p.parameter.grad!).norm().item<float>() < 1e-4 * largest, p.name));
        Assert.All(peer.named_buffers(), b =>
            Assert.True(own[b.name].to(float32).allclose(b.buffer.to(float32), 1e-4, 1e-5), b.name));
    }

    [Theory]
    [InlineData("organsegnet", "encoder.0.0.weight")]
    [InlineData("unet", "encoder.0.0.weight")]
    [InlineData("deeplabv3-resnet50", "backbone.conv1.weight")]
    public void Forward_GreyRepeated_IsGreyWithTheWeightsSummed(string architecture, string first)
    {
        using var scope = NewDisposeScope();
        using var repeated = TestNetworks.Create(new NetworkOptions { Architecture = architecture, Width = 4, InputChannels = 3 });
        using var grey = TestNetworks.Create(new NetworkOptions { Architecture = architecture, Width = 4, InputChannels = 1 });
        Assert.Equal(3, repeated.State[first].shape[1]);
        var summed = repeated.State.ToDictionary(
            pair => pair.Key, pair => pair.Key == first ? pair.Value.sum(1, keepdim: true) : pair.Value);
        grey.LoadState(summed);
        repeated.Training = grey.Training = false;
        var image = randint(0, 256, [1, 1, 64, 48], ScalarType.Byte, generator: new Generator(3));

        Assert.True(TestNetworks.RelativeL2(repeated.Forward(image), grey.Forward(image)) < 1e-5);
    }

    [Fact]
    public void ForwardAll_Auxiliary_IsThereInTrainingOnly()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(
            new NetworkOptions { Architecture = "deeplabv3-resnet50", Width = 4, Auxiliary = true });
        var image = randint(0, 256, [2, 1, 64, 48], ScalarType.Byte, generator: new Generator(3));

        var auxiliary = Assert.Single(network.ForwardAll(image).Auxiliary);

        Assert.Equal([2, 5, 64, 48], auxiliary.shape);
        network.Training = false;
        Assert.Empty(network.ForwardAll(image).Auxiliary);
    }

    [Theory]
    [InlineData("organsegnet", 0)]
    [InlineData("unet", 0)]
    [InlineData("attention-unet", 0)]
    [InlineData("attention-unet-oktay", 0)]
    [InlineData("deeplabv3-resnet50", 0.5)]
    public void ForwardAll_Dropout_ActsInTrainingOnly(string architecture, double own)
    {
        using var scope = NewDisposeScope();
        var options = new NetworkOptions { Architecture = architecture, Width = 4 };
        Assert.Equal(own, options.DropoutRate);
        using var network = TestNetworks.Create(options with { Dropout = 0.9 });
        var image = randint(0, 256, [2, 1, 64, 48], ScalarType.Byte, generator: new Generator(3));

        Assert.False(network.Forward(image).allclose(network.Forward(image)));
        network.Training = false;
        Assert.True(network.Forward(image).allclose(network.Forward(image)));
    }

    [Theory]
    // Heights of the maps, the coarsest first; Oktay's first skip has no gate.
    [InlineData("organsegnet", new long[] { 8, 16, 32, 64 })]
    [InlineData("attention-unet", new long[] { 8, 16, 32, 64 })]
    [InlineData("attention-unet-oktay", new long[] { 8, 16, 32 })]
    [InlineData("unet", new long[0])]
    public void ForwardAll_AttentionMaps_AreOneForEachGate(string architecture, long[] heights)
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Create(architecture, 4);
        network.Training = false;

        var maps = network.ForwardAll(randint(0, 256, [2, 1, 64, 48], ScalarType.Byte, generator: new Generator(3))).AttentionMaps;

        Assert.Equal(heights, maps.Select(map => map.shape[2]));
        Assert.All(maps, map =>
        {
            Assert.Equal([2, 1, map.shape[2], map.shape[2] * 3 / 4], map.shape);
            Assert.InRange(map.min().item<float>(), 0, 1);
            Assert.InRange(map.max().item<float>(), 0, 1);
        });
    }

    [Theory]
    [InlineData("organsegnet")]
    [InlineData("deeplabv3-resnet50")]
    [InlineData("unet")]
    [InlineData("attention-unet")]
    [InlineData("attention-unet-oktay")]
    public void ForwardBackward_InADisposeScope_LeavesNoTensor(string architecture)
    {
        using var network = TestNetworks.Fresh(architecture);
        using var optimiser = optim.Adam(network.Parameters, 1e-4);
        Step();
        var before = Live();

        Step();

        Assert.Equal(before, Live());

        static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

        void Step()
        {
            using var scope = NewDisposeScope();
            optimiser.zero_grad();
            var logits = network.Forward(randint(0, 256, [2, 1, 64, 48], ScalarType.Byte));
            Assert.Equal([2, 5, 64, 48], logits.shape);
            nn.functional.cross_entropy(logits, zeros(2, 64, 48, int64)).backward();
            optimiser.step();
        }
    }

    [Fact]
    public void Create_SameSeed_IsTheSameNetworkWithinPyTorchsBounds()
    {
        using var scope = NewDisposeScope();
        var options = new NetworkOptions { Architecture = "organsegnet", Width = 8 };
        using var a = SegmentationNetwork.Create(options, 5);
        using var b = SegmentationNetwork.Create(options, 5);
        using var c = SegmentationNetwork.Create(options, 6);

        // 1/√fan_in: 1 · 3 · 3 for the first convolution; a transposed one counts its output channels, 64 · 2 · 2.
        var first = a.State["encoder.0.0.weight"];
        Assert.InRange(first.abs().max().item<float>(), 0.3f, 1 / 3f);
        Assert.InRange(a.State["up.0.weight"].abs().max().item<float>(), 0.062f, 1 / 16f);
        Assert.True(first.equal(b.State["encoder.0.0.weight"]).all().item<bool>());
        Assert.False(first.equal(c.State["encoder.0.0.weight"]).all().item<bool>());
    }

    [Fact]
    public void Forward_OneValueAChannelWhileTraining_KeepsRunningStatisticsFinite()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Fresh("deeplabv3-resnet50");

        network.Forward(randint(0, 256, [1, 1, 64, 64], ScalarType.Byte));

        Assert.All(network.State.Values, tensor => Assert.True(tensor.to(float32).isfinite().all().item<bool>()));
    }

    [Fact]
    public void Forward_SizeThatCannotBeHalvedFourTimes_Throws()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Fresh("organsegnet");

        Assert.Throws<ArgumentException>(() => network.Forward(zeros(1, 1, 40, 64)));
    }

    [Fact]
    public void LoadState_WrongNamesShapesAndTypes_NamesEachAndChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var network = TestNetworks.Fresh("organsegnet");
        var before = network.State["head.weight"].clone();
        var state = network.State.ToDictionary(pair => pair.Key, pair => zeros_like(pair.Value));
        state.Remove("head.bias");
        state["up.0.weight"] = zeros(1, 2);
        state["gate.0.psi.bias"] = zeros(1, int64);
        state["extra.weight"] = zeros(1);

        var error = Assert.Throws<OrganSegException>(() => network.LoadState(state));

        Assert.Equal(
            ["extra.weight", "gate.0.psi.bias", "head.bias", "up.0.weight"], error.Violations.Select(v => v.Field).Order());
        Assert.True(before.equal(network.State["head.weight"]).all().item<bool>());
    }

    [Theory]
    [InlineData("resnet", 64, 2, 5, "architecture")]
    [InlineData("organsegnet", 0, 2, 5, "settings.width")]
    [InlineData("organsegnet", 9, 2, 5, "settings.width")]
    [InlineData("organsegnet", 64, 0, 5, "settings.dilation")]
    [InlineData("organsegnet", 64, 2, 256, "settings.classes")]
    public void Create_InvalidOptions_NamesTheField(
        string architecture, int width, int dilation, int classes, string field)
    {
        var options = new NetworkOptions
        {
            Architecture = architecture,
            Width = width,
            Dilation = dilation,
            Classes = classes,
        };

        var error = Assert.Throws<OrganSegException>(() => SegmentationNetwork.Create(options, 1));

        Assert.Equal(field, Assert.Single(error.Violations).Field);
    }

    [Fact]
    public void Violations_OtherOptionsWrong_AreAllNamed()
    {
        var options = new NetworkOptions
        {
            Architecture = "unet",
            InputChannels = 0,
            Dropout = double.NaN,
            Auxiliary = true,
        };

        Assert.Equal(
            ["settings.inputChannels", "settings.dropout", "settings.auxiliary"], options.Violations().Select(v => v.Field));
    }
}
