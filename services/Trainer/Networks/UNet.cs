using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>
/// U-Net (Ronneberger et al., arXiv:1505.04597): four levels whose channels double, a bottleneck, and a decoder of 2×2
/// transposed convolutions, each joined with the skip of its level. As is usual today, and other than in the paper, every
/// convolution is padded, so that the result is as large as the image, and followed by batch norm. Dropout is where the
/// paper has it, at the end of the contracting path. Parameters are named as <see cref="OrganSegNet"/>'s.
/// </summary>
internal static class UNet
{
    private const int Levels = 4;

    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        var skips = new T[Levels];
        for (var level = 0; level < Levels; level++)
        {
            skips[level] = DoubleConv.Forward(ops, x, $"encoder.{level}", options.Width << level);
            x = ops.MaxPool2d(skips[level], kernel: 2, stride: 2);
        }

        x = DoubleConv.Forward(ops, x, "bottleneck", options.Width << Levels);
        x = ops.Dropout(x, options.DropoutRate);
        for (var step = 0; step < Levels; step++)
        {
            var level = Levels - 1 - step;
            var channels = options.Width << level;
            var up = ops.ConvTranspose2d(x, $"up.{step}", new ConvOptions(channels, 2) { Stride = 2 });
            x = DoubleConv.Forward(ops, ops.Concat(skips[level], up), $"decoder.{step}", channels);
        }

        return new NetworkOutputs<T>(ops.Conv2d(x, "head", new ConvOptions(options.Classes, 1)));
    }
}
