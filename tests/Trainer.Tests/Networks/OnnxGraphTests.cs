using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Tests.Networks;

public sealed class OnnxGraphTests
{
    [Theory]
    [InlineData("Conv", true)]
    [InlineData("Conv", false)]
    [InlineData("ConvTranspose", true)]
    [InlineData("ConvTranspose", false)]
    public void Apply_ConvolutionThenBatchNorm_ComputesTheSame(string operation, bool bias)
    {
        var graph = ConvBatchNorm(operation, bias, useConvTwice: false);
        var expected = Run(OnnxWriter.Write(graph));

        Assert.Equal(1, BatchNormFolding.Apply(graph));

        var node = Assert.Single(graph.Nodes);
        Assert.Equal(operation, node.Operation);
        var actual = Run(OnnxWriter.Write(graph));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Apply_ConvolutionUsedElsewhere_LeavesIt()
    {
        var graph = ConvBatchNorm("Conv", bias: true, useConvTwice: true);

        Assert.Equal(0, BatchNormFolding.Apply(graph));

        Assert.Contains(graph.Nodes, n => n.Operation == "BatchNormalization");
    }

    [Fact]
    public void Constant_EqualTensors_AreStoredOnce()
    {
        var graph = new OnnxGraph("g");

        var a = graph.Constant(OnnxTensor.Floats([1, 2], 2));
        var b = graph.Constant(OnnxTensor.Floats([1, 2], 2));
        var c = graph.Constant(OnnxTensor.Floats([1, 2], 1, 2));
        var d = graph.Constant(OnnxTensor.Floats([1, 3], 2));

        Assert.Equal(a, b);
        Assert.Equal(3, graph.Initializers.Count);
        Assert.Equal(3, new[] { a.Name, c.Name, d.Name }.Distinct().Count());
    }

    [Fact]
    public void AddNode_InputOfAnotherGraph_Throws()
    {
        var other = new OnnxGraph("other").AddInput("x", OnnxElementType.Float, "N");

        Assert.Throws<ArgumentException>(() => new OnnxGraph("g").AddNode("Relu", [other], OnnxElementType.Float, ["N"]));
    }

    [Fact]
    public void AddInput_NameTaken_Throws()
    {
        var graph = new OnnxGraph("g");
        graph.AddInput("x", OnnxElementType.Float, "N");

        Assert.Throws<ArgumentException>(() => graph.AddInput("x", OnnxElementType.Float, "N"));
    }

    [Theory]
    [InlineData(16)]
    [InlineData(22)]
    public void Constructor_OpsetThatCannotBeWritten_Throws(int opset)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new OnnxGraph("g", opset));
    }

    [Fact]
    public void Floats_ShapeOfAnotherSize_Throws()
    {
        Assert.Throws<ArgumentException>(() => OnnxTensor.Floats([1, 2, 3], 2, 2));
    }

    [Fact]
    public void Expose_IntermediateValue_IsAnOutputOfTheCopy()
    {
        var model = OnnxWriter.Write(ConvBatchNorm("Conv", bias: true, useConvTwice: false));

        var copy = OnnxOutputs.Expose(model, ["Conv", "y", "none", "Conv"], out var added);

        Assert.Equal(["Conv"], added);
        using var session = new InferenceSession(copy);
        Assert.Equal(["y", "Conv"], session.OutputNames);
        // Not to the bit: the runtime folds the batch norm only where nobody looks at the convolution's result.
        Assert.All(Run(model).Zip(Run(copy)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a model")]
    public void Expose_NoModel_Throws(string file) => Assert.Throws<OnnxFormatException>(
        () => OnnxOutputs.Expose(System.Text.Encoding.UTF8.GetBytes(file), [], out _));

    private static OnnxGraph ConvBatchNorm(string operation, bool bias, bool useConvTwice)
    {
        var random = new Random(1);
        float[] Values(int count, double low, double high) =>
            [.. Enumerable.Range(0, count).Select(_ => (float)(low + (random.NextDouble() * (high - low))))];
        var graph = new OnnxGraph("g");
        var x = graph.AddInput("x", OnnxElementType.Float, "N", 2, "H", "W");
        long[] shape = operation == "Conv" ? [3, 2, 2, 2] : [2, 3, 2, 2];
        List<OnnxValue?> inputs = [x, graph.AddInitializer("w", OnnxTensor.Floats(Values(24, -1, 1), shape))];
        if (bias)
        {
            inputs.Add(graph.AddInitializer("b", OnnxTensor.Floats(Values(3, -1, 1), 3)));
        }

        OnnxValue Vector(string name, double low) => graph.AddInitializer(name, OnnxTensor.Floats(Values(3, low, 2), 3));
        OnnxDimension[] unknown = ["N", 3, OnnxDimension.Unknown, OnnxDimension.Unknown];
        var conv = graph.AddNode(operation, inputs, OnnxElementType.Float, unknown);
        var norm = graph.AddNode(
            "BatchNormalization",
            [conv, Vector("scale", -2), Vector("shift", -2), Vector("mean", -2), Vector("variance", 0.1)],
            OnnxElementType.Float,
            unknown);
        if (useConvTwice)
        {
            norm = graph.AddNode("Add", [norm, conv], OnnxElementType.Float, unknown);
        }

        graph.AddOutput(norm, "y");
        return graph;
    }

    private static float[] Run(byte[] model)
    {
        using var session = new InferenceSession(model);
        using var input = OrtValue.CreateTensorValueFromMemory(
            Enumerable.Range(0, 32).Select(i => MathF.Sin(i)).ToArray(), [1, 2, 4, 4]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["x"], [input], ["y"]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }
}
