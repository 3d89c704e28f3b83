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
        var inputs = Inputs(symbolic, free);
        var state = State(symbolic, inputs, generator);
        var values = eager.Inputs.Select(shape => randn(shape, float32, generator: generator)).ToArray();
        var expected = eager.Run(new TorchOps(state) { Training = false }, values).contiguous();

        var graph = new OnnxGraph("operator", opset);
        var symbols = new OnnxOps(graph, name => TorchTensors.ToOnnx(state[name]));
        var output = graph.AddOutput(symbolic.Run(symbols, Add(graph, inputs)), "y");
        graph.Prune();
        BatchNormFolding.Apply(graph);

        Assert.Empty(OnnxLeftovers.Find(graph));
        Assert.Equal(state.Keys, symbols.Declarations.Select(d => d.Name));
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

        Close(expected.data<float>().ToArray(), results[0].GetTensorDataAsSpan<float>().ToArray());
        foreach (var feed in feeds)
        {
            feed.Dispose();
        }
    }

    /// <summary>With constants for inputs no node is left, and the constant that is left is what TorchSharp computes.</summary>
    public static void CheckFolded(OperatorCase<Tensor> eager, OperatorCase<OnnxValue> symbolic, int opset)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var generator = new Generator(2, CPU);
        var state = State(symbolic, Inputs(symbolic, free: false), generator);
        var values = eager.Inputs.Select(shape => randn(shape, float32, generator: generator)).ToArray();
        var expected = eager.Run(new TorchOps(state) { Training = false }, values).contiguous();

        var graph = new OnnxGraph("constant", opset);
        var ops = new OnnxOps(graph, name => TorchTensors.ToOnnx(state[name]));
        var result = symbolic.Run(ops, [.. values.Select(value => graph.Constant(TorchTensors.ToOnnx(value)))]);

        Assert.Empty(graph.Nodes);
        var constant = graph.Initializers[result.Name];
        Assert.Equal(expected.shape, constant.Shape);
        Close(expected.data<float>().ToArray(), constant.ToFloats());
    }

    private static Dictionary<string, Tensor> State(OperatorCase<OnnxValue> symbolic, OnnxValue[] inputs, Generator generator) =>
        OnnxOps.Declare(ops => symbolic.Run(ops, Add(ops.Graph, inputs))).ToDictionary(
            d => d.Name,
            d => empty(d.Shape, float32).uniform_(0.25, 1.5, generator).sub(d.Start is ParameterStart.Variance ? 0 : 0.5));

    private static OnnxValue[] Inputs(OperatorCase<OnnxValue> symbolic, bool free) =>
        [.. symbolic.Inputs.Select((shape, i) => new OnnxValue($"x{i}", OnnxElementType.Float, Dimensions(shape, free)))];

    private static void Close(float[] reference, float[] actual)
    {
        var norm = Math.Sqrt(reference.Sum(v => (double)v * v));
        var error = Math.Sqrt(reference.Zip(actual, (a, b) => ((double)a - b) * ((double)a - b)).Sum());
        Assert.InRange(error, 0, Tolerance * Math.Max(norm, 1e-3));
    }

    private static OnnxValue[] Add(OnnxGraph graph, OnnxValue[] inputs) =>
        [.. inputs.Select(input => graph.AddInput(input.Name, input.Type, [.. input.Shape]))];

    private static OnnxDimension[] Dimensions(long[] shape, bool free) =>
    [
        .. shape.Select((size, axis) => !free ? size
            : axis == 0 ? "N" : shape.Length == 4 && axis >= 2 ? (OnnxDimension)(axis == 2 ? "H" : "W") : size),
    ];
}
