using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx;
using static TorchSharp.torch;

namespace OrganSeg.Torch.Tests;

/// <summary>Computes on TorchSharp and on ONNX Runtime and compares.</summary>
internal static class Parity
{
    // Both compute in float32, in another order.
    private const double Tolerance = 1e-5;

    public static void Check(
        OperatorCase<Tensor> eager, OperatorCase<OnnxValue> symbolic, int opset, bool free, ulong seed = 1)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(seed, CPU);
        OnnxValue[] inputs = [.. symbolic.Inputs.Select((shape, i) => new OnnxValue($"x{i}", OnnxElementType.Float, Dimensions(shape, free)))];
        var declarations = OnnxOps.Declare(ops => symbolic.Run(ops, Add(ops.Graph, inputs)));
        var state = declarations.ToDictionary(
            d => d.Name, d => empty(d.Shape, float32).uniform_(0.25, 1.5, generator).sub(d.Start is ParameterStart.Variance ? 0 : 0.5));
        var values = eager.Inputs.Select(shape => randn(shape, float32, generator: generator)).ToArray();
        var expected = eager.Run(new TorchOps(state) { Training = false }, values).contiguous();

        var graph = new OnnxGraph("operator", opset);
        var symbols = new OnnxOps(graph, name => TorchTensors.ToOnnx(state[name]));
        var output = graph.AddOutput(symbolic.Run(symbols, Add(graph, inputs)), "y");
        graph.Prune();
        BatchNormFolding.Apply(graph);

        Assert.Empty(OnnxLeftovers.Find(graph));
        Assert.Equal(declarations.Select(d => d.Name), symbols.Declarations.Select(d => d.Name));
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        using var session = new InferenceSession(OnnxWriter.Write(graph), options);
        var feeds = values.Select(value => OrtValue.CreateTensorValueFromMemory(value.data<float>().ToArray(), value.shape)).ToArray();
        using var run = new RunOptions();
        using var results = session.Run(run, [.. inputs.Select(input => input.Name)], feeds, ["y"]);
        Assert.Equal(expected.shape, results[0].GetTensorTypeAndShape().Shape);
        Assert.All(output.Shape.Zip(expected.shape), pair => Assert.Equal(pair.First.Size ?? pair.Second, pair.Second));
        if (!free)
        {
            Assert.All(output.Shape, size => Assert.NotNull(size.Size));
        }

        var reference = expected.data<float>().ToArray();
        var actual = results[0].GetTensorDataAsSpan<float>().ToArray();
        var norm = Math.Sqrt(reference.Sum(v => (double)v * v));
        var error = Math.Sqrt(reference.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
        Assert.InRange(error, 0, Tolerance * Math.Max(norm, 1e-3));
        foreach (var feed in feeds)
        {
            feed.Dispose();
        }
    }

    private static OnnxValue[] Add(OnnxGraph graph, OnnxValue[] inputs) =>
        [.. inputs.Select(input => graph.AddInput(input.Name, input.Type, [.. input.Shape]))];

    private static OnnxDimension[] Dimensions(long[] shape, bool free) =>
    [
        .. shape.Select((size, axis) => !free ? size
            : axis == 0 ? "N" : shape.Length == 4 && axis >= 2 ? (OnnxDimension)(axis == 2 ? "H" : "W") : size),
    ];
}
