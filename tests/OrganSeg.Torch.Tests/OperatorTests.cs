using System.Reflection;
using OrganSeg.Onnx;
using static TorchSharp.torch;

namespace OrganSeg.Torch.Tests;

public sealed class OperatorTests
{
    public static TheoryData<string, int> Cases => new(
        from name in OperatorCases<Tensor>.All.Keys
        from opset in Enumerable.Range(OnnxGraph.MinOpset, OnnxGraph.MaxOpset - OnnxGraph.MinOpset + 1)
        select (name, opset));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Export_AnOperator_ComputesWhatTorchDoes(string name, int opset)
    {
        var (eager, symbolic) = (OperatorCases<Tensor>.All[name], OperatorCases<OnnxValue>.All[name]);

        Parity.Check(eager, symbolic, opset, free: false);
        if (eager.Free)
        {
            Parity.Check(eager, symbolic, opset, free: true);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Export_AnOperatorOnConstants_IsComputedAtOnce(string name, int opset) =>
        Parity.CheckFolded(OperatorCases<Tensor>.All[name], OperatorCases<OnnxValue>.All[name], opset);

    [Fact]
    public void Cases_EveryOperator_HasOne()
    {
        var operators = typeof(ITensorOps<Tensor>).GetMethods(BindingFlags.Public | BindingFlags.Instance).Select(m => m.Name);
        var tested = OperatorCases<Tensor>.All.Values.Select(value => value.Operator);

        Assert.Equal(operators.Distinct().Order(), tested.Distinct().Order());
    }
}
