using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>
/// Attention U-Net as its authors published it (Oktay et al., arXiv:1804.03999, and their code,
/// github.com/ozan-oktay/Attention-Gated-Networks, network <c>unet_CT_single_att_dsv</c>, whose width is 16), in two
/// dimensions, with the names of its parameters. A gate takes the coarse feature below its skip as gating signal: θ is a
/// 2×2 convolution of stride 2 without bias that brings the skip down to that resolution, φ a 1×1 convolution,
/// F_int = F_l, and the map goes back up bilinearly; the product passes W (1×1 convolution and batch norm) and one more
/// 1×1 convolution with batch norm and ReLU. The first, finest skip has no gate. The bottleneck's gating signal has a 1×1
/// convolution, batch norm and ReLU of its own. The decoder upsamples bilinearly, and the result joins heads at all four
/// levels (the paper's deep supervision). Dropout is on the bottleneck's output.
/// </summary>
internal static class OktayAttentionUNet
{
    // The names count levels from 1, the finest, to 4, with "center" below.
    private const int Levels = 4;

    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        int Width(int level) => options.Width << (level - 1);

        var skips = new T[Levels + 1];
        for (var level = 1; level <= Levels; level++)
        {
            skips[level] = Block(ops, x, $"conv{level}", Width(level));
            x = ops.MaxPool2d(skips[level], kernel: 2, stride: 2);
        }

        x = Block(ops, x, "center", Width(Levels + 1));
        x = ops.Dropout(x, options.DropoutRate);
        var signal = Point(ops, x, "gating.conv1", Width(Levels + 1));
        var maps = new List<T>();
        var heads = new List<T>();
        for (var level = Levels; level >= 1; level--)
        {
            var skip = skips[level];
            if (level > 1)
            {
                (skip, var map) = Gate(ops, skip, signal, $"attentionblock{level}", Width(level));
                maps.Add(map);
            }

            var up = ops.ResizeBilinear(x, like: skips[level]);
            x = Block(ops, ops.Concat(skip, up), $"up_concat{level}.conv", Width(level));
            signal = x;
            var head = new ConvOptions(options.Classes, 1);
            heads.Add(level == 1
                ? ops.Conv2d(x, "dsv1", head)
                : ops.ResizeBilinear(ops.Conv2d(x, $"dsv{level}.dsv.0", head), like: skips[1]));
        }

        heads.Reverse();
        return new NetworkOutputs<T>(
            ops.Conv2d(ops.Concat(heads.ToArray()), "final", new ConvOptions(options.Classes, 1)), maps);
    }

    private static T Block<T>(ITensorOps<T> ops, T x, string name, int channels)
    {
        var conv = ConvOptions.Same(channels, 3);
        x = DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.conv1.0", $"{name}.conv1.1", conv);
        return DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.conv2.0", $"{name}.conv2.1", conv);
    }

    private static T Point<T>(ITensorOps<T> ops, T x, string name, int channels) =>
        DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.0", $"{name}.1", new ConvOptions(channels, 1));

    /// <summary>α = sigmoid(Wψ∗ReLU(Wθ∗x + Wφ∗g)), upsampled; y = W∗(x·α).</summary>
    private static (T Skip, T Map) Gate<T>(ITensorOps<T> ops, T x, T g, string name, int channels)
    {
        var gate = $"{name}.gate_block_1";
        var theta = ops.Conv2d(x, $"{gate}.theta", new ConvOptions(channels, 2) { Stride = 2, Bias = false });
        var phi = ops.Conv2d(g, $"{gate}.phi", new ConvOptions(channels, 1));
        var f = ops.Relu(ops.Add(theta, phi));
        var map = ops.ResizeBilinear(ops.Sigmoid(ops.Conv2d(f, $"{gate}.psi", new ConvOptions(1, 1))), like: x);
        var y = ops.Conv2d(ops.Multiply(x, map), $"{gate}.W.0", new ConvOptions(channels, 1));
        y = ops.BatchNorm2d(y, $"{gate}.W.1");
        return (Point(ops, y, $"{name}.combine_gates", channels), map);
    }
}
