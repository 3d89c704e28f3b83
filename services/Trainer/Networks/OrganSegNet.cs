namespace OrganSeg.Trainer.Networks;

/// <summary>
/// OrganSegNet as the paper describes it: four encoder blocks whose channels double, a dilated bottleneck, and a decoder of
/// transposed convolutions with an additive attention gate on each skip.
/// </summary>
internal static class OrganSegNet
{
    private const int Levels = 4;

    public static T Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        int Width(int level) => options.Width << level;

        var skips = new T[Levels];
        for (var level = 0; level < Levels; level++)
        {
            skips[level] = Block(ops, x, $"encoder.{level}", Width(level));
            x = ops.MaxPool2d(skips[level], kernel: 2, stride: 2);
        }

        x = Block(ops, x, "bottleneck", Width(Levels), options.Dilation);
        for (var step = 0; step < Levels; step++)
        {
            var level = Levels - 1 - step;
            var g = ops.ConvTranspose2d(x, $"up.{step}", new ConvOptions(Width(level), 2) { Stride = 2 });
            var gated = Gate(ops, skips[level], g, $"gate.{step}", Width(level) / 2);
            x = Block(ops, ops.Concat(gated, g), $"decoder.{step}", Width(level));
        }

        return ops.Conv2d(x, "head", new ConvOptions(options.Classes, 1));
    }

    private static T Block<T>(ITensorOps<T> ops, T x, string name, int channels, int dilation = 1)
    {
        var conv = ConvOptions.Same(channels, 3, dilation);
        x = ops.Relu(ops.BatchNorm2d(ops.Conv2d(x, $"{name}.0", conv), $"{name}.1"));
        return ops.Relu(ops.BatchNorm2d(ops.Conv2d(x, $"{name}.3", conv), $"{name}.4"));
    }

    /// <summary>f = ReLU(Wθ∗x + Wφ∗g), α = sigmoid(Wψ∗f), y = x·α.</summary>
    private static T Gate<T>(ITensorOps<T> ops, T x, T g, string name, int inner)
    {
        var theta = ops.Conv2d(x, $"{name}.theta", new ConvOptions(inner, 1));
        var phi = ops.Conv2d(g, $"{name}.phi", new ConvOptions(inner, 1));
        var f = ops.Relu(ops.Add(theta, phi));
        return ops.Multiply(x, ops.Sigmoid(ops.Conv2d(f, $"{name}.psi", new ConvOptions(1, 1))));
    }
}
