using OrganSeg.Onnx;
using OrganSeg.Onnx.Quantization;

namespace OrganSeg.Trainer.Tests.Quantization;

/// <summary>Parameters, weights and graphs, against numbers worked out by hand.</summary>
public sealed class QuantizerTests
{
    [Theory]
    // 255 steps from 0 to 25.5: one step is 0.1 and zero is the lowest byte.
    [InlineData(0f, 25.5f, 0.1f, 0)]
    // −1 to 1.55 is 2.55 wide: steps of 0.01, zero is 100 steps above the low end.
    [InlineData(-1f, 1.55f, 0.01f, 100)]
    // Zero is always covered: 5 to 51 is taken as 0 to 51, −51 to −5 as −51 to 0.
    [InlineData(5f, 51f, 0.2f, 0)]
    [InlineData(-51f, -5f, 0.2f, 255)]
    // Nothing but zero.
    [InlineData(0f, 0f, 1f, 0)]
    public void Cover_Range_HasScaleAndZeroPoint(float low, float high, float scale, int zeroPoint)
    {
        var parameters = QuantizationParameters.Cover(new(low, high));

        Assert.Equal(scale, parameters.Scale, 1e-7f);
        Assert.Equal(zeroPoint, parameters.ZeroPoint);
    }

    [Theory]
    [InlineData(float.NaN, 1f)]
    [InlineData(0f, float.PositiveInfinity)]
    [InlineData(2f, 1f)]
    public void Cover_NoRange_Throws(float low, float high) =>
        Assert.Throws<ArgumentException>(() => QuantizationParameters.Cover(new(low, high)));

    [Fact]
    public void Quantize_Numbers_RoundToTheEvenByteAndStayWithinTheRange()
    {
        var parameters = new QuantizationParameters(0.5f, 10);

        // 0.25 is half a step: to 0 steps, which is even; 0.75 is 1.5 steps: to 2.
        Assert.Equal(
            [10, 10, 12, 0, 255, 6],
            new[] { 0f, 0.25f, 0.75f, -1000f, 1000f, -2f }.Select(value => (int)parameters.Quantize(value)));
        Assert.Equal(-2f, parameters.Dequantize(6));
    }

    [Fact]
    public void QuantizeWeights_Axis0_GivesEachOutputChannelItsScale()
    {
        // Channel 0 reaches 1.27, so its step is 0.01; channel 1 reaches 2.54, step 0.02; channel 2 is empty.
        var weights = QuantizedWeights.Quantize([1.27f, -0.5f, 0.3f, -2.54f, 0, 0], [3, 2], axis: 0);

        Assert.Equal([127, -50, 15, -127, 0, 0], weights.Values.Select(value => (int)value));
        Assert.Equal([0.01f, 0.02f, 1f], weights.Scales.Select(scale => MathF.Round(scale, 6)));
    }

    [Fact]
    public void QuantizeWeights_Axis1_TakesChannelsFromTheSecondDimension()
    {
        // A transposed convolution's weight [in, out]: the outputs are {1.27, 0.635} and {2.54, −2.54}.
        var weights = QuantizedWeights.Quantize([1.27f, 2.54f, 0.635f, -2.54f], [2, 2], axis: 1);

        Assert.Equal([127, 127, 64, -127], weights.Values.Select(value => (int)value));
        Assert.Equal([0.01f, 0.02f], weights.Scales.Select(scale => MathF.Round(scale, 6)));
    }

    [Fact]
    public void QuantizeWeights_ReducedRange_NeverOverflowsSixteenBits()
    {
        var weights = QuantizedWeights.Quantize([-3f, 1.5f], [1, 2], axis: 0, reduced: true);

        Assert.Equal([-64, 32], weights.Values.Select(value => (int)value));
        Assert.True(2 * byte.MaxValue * QuantizedWeights.ReducedRange <= short.MaxValue);
        Assert.True(2 * byte.MaxValue * QuantizedWeights.FullRange > short.MaxValue);
    }

    [Fact]
    public void QuantizeWeights_LargeBiasOfTinyWeights_StillFits32Bits()
    {
        const float Bias = 5;
        const float ActivationScale = 0.01f;
        var least = QuantizedWeights.BiasLimit(Bias, ActivationScale);
        var weights = QuantizedWeights.Quantize([1e-12f], [1, 1], axis: 0, leastScales: [least]);

        Assert.InRange(Bias / (weights.Scales[0] * ActivationScale), 0, int.MaxValue / 1.9);
    }

    [Fact]
    public void Quantize_ConvAndRelu_BecomeOneOperationBetweenBytes()
    {
        var graph = ConvRelu();
        var prepared = Quantizer.Prepare(graph);
        Assert.Equal(["x", "y"], Quantizer.Observed(prepared).Order());

        var quantized = Quantizer.Quantize(
            prepared,
            new Dictionary<string, ValueRange> { ["x"] = new(-1, 1.55f), ["y"] = new(0, 2.55f) },
            new QuantizerOptions { ByteInputs = false });

        Assert.Equal(
            ["QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv", "QuantizeLinear", "DequantizeLinear"],
            quantized.Nodes.Select(node => node.Operation));
        var conv = quantized.Nodes.Single(node => node.Operation == "Conv");
        var bias = quantized.Nodes.Single(node => node.Output == conv.Inputs[2]);
        // Weight 1.27 has the scale 0.01, x has 0.01, so the bias 0.5 is 0.5 / (0.01 · 0.01) = 5,000 steps.
        Assert.Equal(5000, BitConverter.ToInt32(quantized.Initializers[bias.Inputs[0]].Data.Span));
        Assert.Equal(1e-4f, quantized.Initializers[bias.Inputs[1]].ToFloats().Single(), 1e-9f);
        Assert.Equal("y", quantized.Outputs.Single().Name);
    }

    [Fact]
    public void Quantize_NodeThatStaysFloat_IsLeftAlone()
    {
        var prepared = Quantizer.Prepare(ConvRelu());
        var options = new QuantizerOptions { FloatNodes = new HashSet<string> { "conv" } };

        Assert.Empty(Quantizer.Observed(prepared, options));
        var quantized = Quantizer.Quantize(prepared, new Dictionary<string, ValueRange>(), options);

        Assert.Equal(["Conv", "Relu"], quantized.Nodes.Select(node => node.Operation));
    }

    [Fact]
    public void Quantize_RangeMissing_NamesTheValue()
    {
        var error = Assert.Throws<OrganSegException>(
            () => Quantizer.Quantize(ConvRelu(), new Dictionary<string, ValueRange> { ["x"] = new(0, 1) }));

        Assert.Contains("y", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN, 0.5f)]
    [InlineData(1f, float.PositiveInfinity)]
    public void Quantize_WeightThatIsNotFinite_NamesIt(float weight, float bias)
    {
        var prepared = Quantizer.Prepare(ConvRelu(weight, bias));
        var ranges = new Dictionary<string, ValueRange> { ["x"] = new(-1, 1), ["y"] = new(0, 1) };

        var error = Assert.Throws<OrganSegException>(() => Quantizer.Quantize(prepared, ranges));

        Assert.Equal((ErrorKind.Invalid, "weight"), (error.Kind, Assert.Single(error.Violations).Field));
    }

    [Fact]
    public void Read_WhatWasWritten_IsTheSameFile()
    {
        var onnx = OnnxWriter.Write(ConvRelu());

        Assert.Equal(onnx, OnnxWriter.Write(OnnxReader.Read(onnx)));
    }

    [Fact]
    public void Read_DamagedFiles_AreNamedErrors()
    {
        var onnx = OnnxWriter.Write(ConvRelu());
        for (var i = 0; i < onnx.Length; i++)
        {
            // Every cut and many flipped bytes: an error of ours, or a graph, but nothing else.
            var flipped = (byte[])onnx.Clone();
            flipped[i] ^= 0x55;
            foreach (var damaged in new[] { onnx[..i], flipped })
            {
                try
                {
                    OnnxReader.Read(damaged, "damaged.onnx");
                }
                catch (OrganSegException error)
                {
                    Assert.Contains("damaged.onnx", error.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    internal static OnnxGraph ConvRelu(float weightValue = 1.27f, float biasValue = 0.5f)
    {
        var graph = new OnnxGraph("small");
        var x = graph.AddInput("x", OnnxElementType.Float, "N", 1, "H", "W");
        var weight = graph.AddInitializer("weight", OnnxTensor.Floats([weightValue], 1, 1, 1, 1));
        var bias = graph.AddInitializer("bias", OnnxTensor.Floats([biasValue], 1));
        var conv = graph.AddNode(
            "Conv", [x, weight, bias], OnnxElementType.Float, ["N", 1, "H", "W"], [OnnxAttribute.OfList("kernel_shape", 1, 1)], "conv");
        var relu = graph.AddNode("Relu", [conv], OnnxElementType.Float, ["N", 1, "H", "W"]);
        graph.AddOutput(relu, "y");
        return graph;
    }
}
