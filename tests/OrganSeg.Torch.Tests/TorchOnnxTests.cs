using ExportYourModule;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Torch.Tests;

public sealed class TorchOnnxTests
{
    private static readonly OnnxDimension[] Images = ["N", 3, 32, 32];

    [Theory]
    [InlineData(17)]
    [InlineData(21)]
    public void Export_TheExamplesModule_ComputesTheSame(int opset)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var net = new YourNet();
        net.eval();
        using var generator = new Generator(3, CPU);
        var x = randn([4, 3, 32, 32], float32, generator: generator);

        var onnx = TorchOnnx.Export(net, YourNet.Compute, Images, new TorchOnnxOptions { Opset = opset });

        Close(net.forward(x), Run(onnx, x, "output"));
    }

    [Fact]
    public void Example_Run_WritesWhatItsModuleComputes()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var folder = Directory.CreateTempSubdirectory("organseg-example-");
        try
        {
            var file = Path.Combine(folder.FullName, "net.onnx");
            typeof(YourNet).Assembly.EntryPoint!.Invoke(null, [new[] { file }]);
            using var net = new YourNet();
            net.load(Path.ChangeExtension(file, ".dat"));
            net.eval();
            var x = ones([2, 3, 32, 32], float32);

            Close(net.forward(x), Run(File.ReadAllBytes(file), x, "scores"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Graph_TheExamplesModule_HasNothingLeftToFold()
    {
        using var net = new YourNet();

        var graph = TorchOnnx.Graph(
            net,
            (ops, x) => new Dictionary<string, OnnxValue> { ["y"] = YourNet.Compute(ops, x[0]) },
            [new OnnxValue("x", OnnxElementType.Float, Images)]);

        Assert.Empty(OnnxLeftovers.Find(graph));
        Assert.DoesNotContain(graph.Nodes, node => node.Operation == "BatchNormalization");
    }

    [Fact]
    public void Export_ParameterThatIsMissing_IsNamed()
    {
        using var net = new YourNet();

        var e = Assert.Throws<OrganSegException>(() => TorchOnnx.Export(net, (ops, x) => ops.BatchNorm2d(x, "other"), Images));

        Assert.Equal("other.weight", Assert.Single(e.Violations).Field);
    }

    [Fact]
    public void Export_ParameterOfAnotherShape_IsNamed()
    {
        using var net = new YourNet();

        var e = Assert.Throws<OrganSegException>(() => TorchOnnx.Export(net, (ops, x) => ops.Conv2d(x, "stem", new(8, 3)), Images));

        Assert.Equal("stem.weight", Assert.Single(e.Violations).Field);
        Assert.Contains("[16, 3, 3, 3]", e.Message + e.Violations[0].Description);
    }

    [Fact]
    public void Export_ParameterOfAnotherType_IsNamed()
    {
        using var net = new YourNet();
        net.to(float64);

        var e = Assert.Throws<OrganSegException>(() => TorchOnnx.Export(net, YourNet.Compute, Images));

        Assert.Equal("stem.weight", Assert.Single(e.Violations).Field);
    }

    [Fact]
    public void Export_ParametersThatAreNotUsed_AreNamedUnlessAllowed()
    {
        using var net = new YourNet();
        OnnxValue Stem(ITensorOps<OnnxValue> ops, OnnxValue x) => ops.Conv2d(x, "stem", ConvOptions.Same(16, 3));

        var e = Assert.Throws<OrganSegException>(() => TorchOnnx.Export(net, Stem, Images));

        Assert.Contains(e.Violations, violation => violation.Field == "head.weight");
        Assert.NotEmpty(TorchOnnx.Export(net, Stem, Images, new TorchOnnxOptions { AllowUnused = true }));
    }

    [Fact]
    public void Find_NodesThatCanGo_NamesEach()
    {
        var graph = new OnnxGraph("g");
        var x = graph.AddInput("x", OnnxElementType.Float, 2, 3);
        var constant = graph.Constant(OnnxTensor.Floats([1], 1));
        var same = graph.AddNode("Identity", [x], OnnxElementType.Float, [2, 3]);
        var folded = graph.AddNode("Relu", [constant], OnnxElementType.Float, [1]);
        graph.AddOutput(graph.AddNode("Add", [same, folded], OnnxElementType.Float, [2, 3]), "y");
        graph.AddNode("Relu", [x], OnnxElementType.Float, [2, 3]);

        Assert.Equal(3, OnnxLeftovers.Find(graph).Count);
    }

    private static float[] Run(byte[] onnx, Tensor x, string output)
    {
        using var session = new InferenceSession(onnx);
        using var input = OrtValue.CreateTensorValueFromMemory(x.data<float>().ToArray(), x.shape);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["input"], [input], [output]);
        return outputs[0].GetTensorDataAsSpan<float>().ToArray();
    }

    private static void Close(Tensor expected, float[] actual) =>
        Assert.All(expected.contiguous().data<float>().ToArray().Zip(actual), p => Assert.Equal(p.First, p.Second, 1e-5f));
}
