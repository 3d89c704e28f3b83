using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx;

namespace OrganSeg.Torch.Tests;

/// <summary>What cannot be exported is named; what is merely unusual works.</summary>
public sealed class OnnxOpsErrorTests
{
    [Fact]
    public void ConcatAlong_Nothing_IsAnErrorThatNamesIt() => Refused("Concat", (ops, _) => ops.ConcatAlong(0));

    [Fact]
    public void ConcatAlong_DifferentRanks_IsAnErrorThatNamesIt() =>
        Refused("Concat", (ops, x) => ops.ConcatAlong(0, x, ops.Flatten(x)));

    [Fact]
    public void ConcatAlong_DifferentSizesBesideTheAxis_IsAnErrorThatNamesIt() =>
        Refused("Concat", (ops, x) => ops.ConcatAlong(1, x, ops.Slice(x, 2, 0, 1)));

    [Fact]
    public void Mean_AnAxisTwice_IsAnErrorThatNamesIt() => Refused("Mean", (ops, x) => ops.Mean(x, true, 1, -2));

    [Fact]
    public void AddOutput_AnInputAConstantAndOneValueTwice_EachIsAnOutput()
    {
        var graph = new OnnxGraph("g");
        var x = graph.AddInput("x", OnnxElementType.Float, 2);
        var constant = graph.Constant(OnnxTensor.Floats([5, 6], 2));
        var sum = graph.AddNode("Add", [x, constant], OnnxElementType.Float, [2]);
        graph.AddOutput(sum, "sum");
        graph.AddOutput(sum, "again");
        graph.AddOutput(x, "same");
        graph.AddOutput(constant, "five");
        graph.Prune();

        Assert.Empty(OnnxLeftovers.Find(graph));
        using var session = new InferenceSession(OnnxWriter.Write(graph));
        using var input = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 2 }, [2]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["x"], [input], ["sum", "again", "same", "five"]);
        Assert.Equal(
            [6, 8, 6, 8, 1, 2, 5, 6], outputs.SelectMany(output => output.GetTensorDataAsSpan<float>().ToArray()));
    }

    [Fact]
    public void Find_AnIdentityThatANodeFeeds_NamesIt()
    {
        var graph = new OnnxGraph("g");
        var x = graph.AddInput("x", OnnxElementType.Float, 2);
        var sum = graph.AddNode("Add", [x, x], OnnxElementType.Float, [2]);
        graph.AddOutput(graph.AddNode("Identity", [sum], OnnxElementType.Float, [2]), "y");

        Assert.Single(OnnxLeftovers.Find(graph));
    }

    private static void Refused(string field, Func<OnnxOps, OnnxValue, OnnxValue> use)
    {
        var graph = new OnnxGraph("g");
        var x = graph.AddInput("x", OnnxElementType.Float, 2, 3, 4);
        var ops = new OnnxOps(graph, _ => throw new InvalidOperationException());

        var error = Assert.Throws<OrganSegException>(() => use(ops, x));

        Assert.Equal((ErrorKind.Invalid, field), (error.Kind, Assert.Single(error.Violations).Field));
    }
}
