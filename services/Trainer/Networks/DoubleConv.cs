using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>The block of every U-shaped network: convolution, batch norm and ReLU, and the same again.</summary>
internal static class DoubleConv
{
    /// <summary>Parameters are those of a PyTorch sequence: <c>name.0</c>, <c>.1</c>, <c>.3</c> and <c>.4</c>.</summary>
    public static T Forward<T>(ITensorOps<T> ops, T x, string name, int channels, int dilation = 1)
    {
        var conv = ConvOptions.Same(channels, 3, dilation);
        x = ConvBatchNormRelu(ops, x, $"{name}.0", $"{name}.1", conv);
        return ConvBatchNormRelu(ops, x, $"{name}.3", $"{name}.4", conv);
    }

    public static T ConvBatchNormRelu<T>(ITensorOps<T> ops, T x, string conv, string norm, ConvOptions options) =>
        ops.Relu(ops.BatchNorm2d(ops.Conv2d(x, conv, options), norm));
}
