using OrganSeg.Torch;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Training;

public sealed class ComputeDeviceTests
{
    [Theory]
    [InlineData("cpu", 2, DeviceType.CPU, -1)]
    [InlineData("auto", 0, DeviceType.CPU, -1)]
    [InlineData("auto", 2, DeviceType.CUDA, 0)]
    [InlineData("cuda", 2, DeviceType.CUDA, 0)]
    [InlineData("cuda:1", 2, DeviceType.CUDA, 1)]
    public void Resolve_Text_IsTheDevice(string text, int cudaDevices, DeviceType type, int index)
    {
        var device = ComputeDevice.Resolve(text, cudaDevices);

        Assert.True(ComputeDevice.IsValid(text));
        Assert.Equal((type, index), (device.type, device.index));
    }

    [Theory]
    [InlineData("")]
    [InlineData("cuda:")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:99999999999")]
    [InlineData("CUDA")]
    [InlineData("mps")]
    public void IsValid_OtherText_IsNoDevice(string text) => Assert.False(ComputeDevice.IsValid(text));

    [Theory]
    [InlineData("cuda", "float32", 0, "settings.device", "libtorch for processors only")]
    [InlineData("cuda:2", "bf16", 2, "settings.device", "cuda:0 to cuda:1")]
    [InlineData("cuda:1", "tf32", 2, null, null)]
    [InlineData("auto", "tf32", 1, null, null)]
    [InlineData("auto", "tf32", 0, "settings.precision", "choose float32")]
    [InlineData("cpu", "tf32", 1, "settings.precision", "choose float32")]
    [InlineData("cpu", "bf16", 0, null, null)]
    public void Violations_WhatTheMachineLacks_IsNamedWithWhatWasFound(
        string device, string precision, int cudaDevices, string? field, string? found)
    {
        var violations = ComputeDevice.Violations(device, Enum.Parse<Precision>(precision, ignoreCase: true), cudaDevices);

        Assert.Equal(field, violations.SingleOrDefault()?.Field);
        Assert.Contains(found ?? "", violations.SingleOrDefault()?.Description ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void Tf32_Switches_AreThereAndKeepWhatIsSet()
    {
        // They act on CUDA only. Nothing but their own values is set, because they are the whole process's.
        var before = (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32);
        (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32) = before;

        Assert.Equal(before, (backends.cuda.matmul.allow_tf32, backends.cudnn.allow_tf32));
    }

    [Fact]
    public void CopyTo_Network_HasItsOwnWeightsOfTheSameValues()
    {
        using var scope = NewDisposeScope();
        var options = new NetworkOptions { Architecture = "organsegnet", Width = 4 };
        using var network = SegmentationNetwork.Create(options, seed: 1);
        using var copy = network.CopyTo(CPU);
        var before = copy.State["head.weight"].detach().clone();

        using (no_grad())
        {
            network.State["head.weight"].zero_();
        }

        Assert.True(before.equal(copy.State["head.weight"]).all().item<bool>());
        Assert.Equal(network.Parameters.Count, copy.Parameters.Count);
        Assert.Equal(network.State["encoder.1.0.weight"].stride(), copy.State["encoder.1.0.weight"].stride());
    }

    /// <summary>
    /// Torch's meta device computes shapes only, and like CUDA it refuses a tensor of the processor beside one of its own. It
    /// has no convolution and no cross-entropy, which take nothing but their inputs and the network's state.
    /// </summary>
    [Theory]
    [InlineData("dice", "adam-w")]
    [InlineData("tversky", "sgd")]
    [InlineData("focal", "adam")]
    public void Step_OnAnotherDevice_LeavesNoTensorOnTheProcessor(string loss, string optimizer)
    {
        using var scope = NewDisposeScope();
        var spec = SpecificationReader.Read("d", "deeplabv3-resnet50", "m", new Dictionary<string, string>
        {
            ["width"] = "4",
            ["loss"] = loss,
            ["optimizer"] = optimizer,
            ["weightDecay"] = "0.01",
        });
        var elsewhere = new Device(DeviceType.META);
        using var network = SegmentationNetwork.Create(spec.Network, spec.Seed, elsewhere);
        using var generator = new Generator(1, CPU);
        using var optimiser = GradientOptimizer.Create(spec, network.State
            .Where(pair => pair.Value is Parameter)
            .Select(pair => KeyValuePair.Create(pair.Key, (Parameter)pair.Value)));
        using var average = new WeightAverage(network.State, 0.9);
        using var copy = network.CopyTo(elsewhere);
        var ops = new TorchOps(network.State) { Generator = generator, ComputeType = ScalarType.BFloat16 };
        var labels = zeros([2, 16, 16], uint8, elsewhere);

        // Every parameter gets a gradient through the logits.
        var x = ops.Dropout(ones([2, 5, 16, 16], float32, elsewhere), 0.5);
        var logits = network.Parameters.Aggregate(x, (sum, parameter) => sum.add(ops.MatMul(parameter.reshape(1, -1), parameter.reshape(-1, 1))));
        Losses.Of(spec.LossOptions, logits, labels).backward();
        optimiser.ScaleGradients(0.5);
        optimiser.Step(0.01);
        average.Update(1);
        average.Swap();

        Assert.Equal(network.Parameters.Count, copy.Parameters.Count);
        Assert.All(
            network.Parameters.Select(parameter => parameter.grad!).Concat(optimiser.State.Values).Concat(average.State.Values),
            tensor => Assert.Equal((DeviceType.META, ScalarType.Float32), (tensor.device_type, tensor.dtype)));
    }

    [Fact]
    public void Add_TensorsOfTwoDevices_IsRefusedByMeta()
    {
        // What the test above stands on.
        using var scope = NewDisposeScope();
        var elsewhere = new Device(DeviceType.META);
        Assert.ThrowsAny<Exception>(() => ones(2, 2).add(ones([2, 2], device: elsewhere)));
        Assert.ThrowsAny<Exception>(() => ones([2, 2], device: elsewhere).mul_(ones(2, 2)));
    }
}
