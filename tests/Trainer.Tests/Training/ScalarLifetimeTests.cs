using Mono.Cecil;

namespace OrganSeg.Trainer.Tests.Training;

/// <summary>
/// TorchSharp's Scalar has a finaliser, and TorchSharp does not keep it alive during a native call. Where one of its methods
/// makes a Scalar by itself, a garbage collection at the wrong moment frees the number that is being read: such methods are
/// not to be called. See <see cref="OrganSeg.Torch.HeldScalars"/>.
/// </summary>
public sealed class ScalarLifetimeTests
{
    private const string Scalar = "TorchSharp.Scalar";

    private static readonly HashSet<string> Careless = FindCareless();

    [Theory]
    [InlineData("OrganSeg.Torch.dll")]
    [InlineData("Trainer.dll")]
    public void Calls_IntoTorchSharp_MakeNoNumberThatNobodyHolds(string assembly)
    {
        using var module = Read(assembly);

        Assert.Empty(Methods(module)
            .SelectMany(method => Calls(method).Where(Careless.Contains).Select(call => $"{method.FullName} calls {call}")));
    }

    [Fact]
    public void Careless_Methods_AreFound()
    {
        Assert.Contains("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::add(TorchSharp.torch/Tensor)", Careless);
        Assert.Contains(
            "TorchSharp.torch/Tensor TorchSharp.torch/Tensor::op_Addition(TorchSharp.torch/Tensor,TorchSharp.torch/Tensor)", Careless);
        Assert.DoesNotContain("TorchSharp.torch/Tensor TorchSharp.torch/Tensor::mul(TorchSharp.torch/Tensor)", Careless);
    }

    /// <summary>TorchSharp's methods that make a Scalar without handing it to their caller, by themselves or through others.</summary>
    private static HashSet<string> FindCareless()
    {
        using var module = Read("TorchSharp.dll");
        var methods = Methods(module)
            .Where(method => method.ReturnType.FullName != Scalar && method.DeclaringType.FullName != Scalar)
            .Select(method => (method.FullName, Calls: Calls(method).ToArray()))
            .ToArray();
        var careless = methods.Where(method => method.Calls.Any(Makes)).Select(method => method.FullName).ToHashSet(StringComparer.Ordinal);
        while (methods.Where(method => !careless.Contains(method.FullName) && method.Calls.Any(careless.Contains))
            .Select(method => method.FullName).ToArray() is { Length: > 0 } more)
        {
            careless.UnionWith(more);
        }

        return careless;
    }

    private static bool Makes(string call) =>
        call.StartsWith($"{Scalar} ", StringComparison.Ordinal) || call.StartsWith($"System.Void {Scalar}::.ctor", StringComparison.Ordinal);

    private static ModuleDefinition Read(string assembly) =>
        ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly));

    private static IEnumerable<MethodDefinition> Methods(ModuleDefinition module) =>
        module.GetTypes().SelectMany(type => type.Methods).Where(method => method.HasBody);

    private static IEnumerable<string> Calls(MethodDefinition method) => method.Body.Instructions
        .Select(instruction => instruction.Operand)
        .OfType<MethodReference>()
        .Select(call => call is GenericInstanceMethod generic ? generic.ElementMethod.FullName : call.FullName);
}
