using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>
/// The attention U-Net that most two-dimensional comparisons use, with the structure and parameter names of
/// github.com/LeeJunHyun/Image_Segmentation (<c>AttU_Net</c>; its width is 64). It differs from the published gates
/// (<see cref="OktayAttentionUNet"/>): a gate works at the skip's own resolution, is steered by the decoder's feature after
/// upsampling, has half the skip's channels inside (F_int = F_l / 2), batch norm after each of its three 1×1
/// convolutions, and nothing after the product; every skip has one. Upsampling is nearest-neighbour, a 3×3 convolution,
/// batch norm and ReLU. Dropout is on the bottleneck's output.
/// </summary>
internal static class AttentionUNet
{
    // The names count levels from 1, the finest, to 5, the bottleneck.
    private const int Bottleneck = 5;

    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        int Width(int level) => options.Width << (level - 1);

        var skips = new T[Bottleneck];
        for (var level = 1; level < Bottleneck; level++)
        {
            skips[level] = DoubleConv.Forward(ops, x, $"Conv{level}.conv", Width(level));
            x = ops.MaxPool2d(skips[level], kernel: 2, stride: 2);
        }

        x = DoubleConv.Forward(ops, x, $"Conv{Bottleneck}.conv", Width(Bottleneck));
        x = ops.Dropout(x, options.DropoutRate);
        var maps = new List<T>();
        for (var level = Bottleneck; level > 1; level--)
        {
            var skip = skips[level - 1];
            var channels = Width(level - 1);
            var up = ops.ResizeNearest(x, like: skip);
            var g = DoubleConv.ConvBatchNormRelu(
                ops, up, $"Up{level}.up.1", $"Up{level}.up.2", ConvOptions.Same(channels, 3));
            var map = Gate(ops, skip, g, $"Att{level}", channels / 2);
            maps.Add(map);
            x = DoubleConv.Forward(ops, ops.Concat(ops.Multiply(skip, map), g), $"Up_conv{level}.conv", channels);
        }

        return new NetworkOutputs<T>(ops.Conv2d(x, "Conv_1x1", new ConvOptions(options.Classes, 1)), maps);
    }

    /// <summary>sigmoid(BN(Wψ∗ReLU(BN(Wg∗g) + BN(Wx∗x)))).</summary>
    private static T Gate<T>(ITensorOps<T> ops, T x, T g, string name, int inner)
    {
        T Point(T input, string part, int channels) =>
            ops.BatchNorm2d(ops.Conv2d(input, $"{name}.{part}.0", new ConvOptions(channels, 1)), $"{name}.{part}.1");
        var f = ops.Relu(ops.Add(Point(g, "W_g", inner), Point(x, "W_x", inner)));
        return ops.Sigmoid(Point(f, "psi", 1));
    }
}
