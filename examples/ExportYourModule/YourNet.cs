using OrganSeg.Onnx;
using OrganSeg.Torch;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExportYourModule;

/// <summary>
/// A classifier of 3×32×32 images with the parameters of TorchSharp's own modules. Its computation is written once, in
/// <see cref="Compute"/>; training, prediction and export all run that.
/// </summary>
public sealed class YourNet : nn.Module<Tensor, Tensor>
{
    /// <summary>A network with random weights.</summary>
    public YourNet()
        : base(nameof(YourNet))
    {
        register_module("stem", nn.Conv2d(3, 16, 3, padding: 1L));
        register_module("norm", nn.BatchNorm2d(16));
        register_module("depthwise", nn.Conv2d(16, 16, 3, padding: 1L, groups: 16));
        register_module("head", nn.Linear(16, 10));
        register_parameter("scale", new Parameter(torch.ones([16, 1, 1])));
    }

    /// <summary>From images [N, 3, 32, 32] to scores [N, 10].</summary>
    public static T Compute<T>(ITensorOps<T> ops, T x)
    {
        x = ops.Gelu(ops.BatchNorm2d(ops.Conv2d(x, "stem", ConvOptions.Same(16, 3)), "norm"));
        var y = ops.Silu(ops.Conv2d(x, "depthwise", ConvOptions.Same(16, 3) with { Groups = 16 }));
        x = ops.Add(x, ops.Multiply(y, ops.Parameter("scale", 16, 1, 1)));
        return ops.Linear(ops.Flatten(ops.AdaptiveAveragePool2d(x, 1, 1)), "head", 10);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => Compute(TorchOps.Of(this), input);
}
