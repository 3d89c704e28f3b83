using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>
/// OrganSegNet as the paper describes it: four encoder blocks whose channels double, a dilated bottleneck, and a decoder of
/// transposed convolutions with an additive attention gate on each skip. Dropout is on the bottleneck's output; the paper has none.
/// Without gates, for an ablation, the skips are joined as they are.
/// </summary>
internal static class OrganSegNet
{
    private const int Levels = 4;

    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        int Width(int level) => options.Width << level;

        var skips = new T[Levels];
        for (var level = 0; level < Levels; level++)
        {
            skips[level] = DoubleConv.Forward(ops, x, $"encoder.{level}", Width(level));
            x = ops.MaxPool2d(skips[level], kernel: 2, stride: 2);
        }

        x = DoubleConv.Forward(ops, x, "bottleneck", Width(Levels), options.Dilation);
        x = ops.Dropout(x, options.DropoutRate);
        var maps = new List<T>();
        for (var step = 0; step < Levels; step++)
        {
            var level = Levels - 1 - step;
            var g = ops.ConvTranspose2d(x, $"up.{step}", new ConvOptions(Width(level), 2) { Stride = 2 });
            var skip = skips[level];
            if (options.Gates)
            {
                var map = Gate(ops, skip, g, $"gate.{step}", Width(level) / 2);
                maps.Add(map);
                skip = ops.Multiply(skip, map);
            }

            x = DoubleConv.Forward(ops, ops.Concat(skip, g), $"decoder.{step}", Width(level));
        }

        return new NetworkOutputs<T>(ops.Conv2d(x, "head", new ConvOptions(options.Classes, 1)), maps);
    }

    /// <summary>f = ReLU(Wθ∗x + Wφ∗g), α = sigmoid(Wψ∗f): the map by which the skip is multiplied.</summary>
    private static T Gate<T>(ITensorOps<T> ops, T x, T g, string name, int inner)
    {
        var theta = ops.Conv2d(x, $"{name}.theta", new ConvOptions(inner, 1));
        var phi = ops.Conv2d(g, $"{name}.phi", new ConvOptions(inner, 1));
        var f = ops.Relu(ops.Add(theta, phi));
        return ops.Sigmoid(ops.Conv2d(f, $"{name}.psi", new ConvOptions(1, 1)));
    }
}
