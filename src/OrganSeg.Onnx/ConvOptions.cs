namespace OrganSeg.Onnx;

/// <summary>
/// What a convolution looks like apart from its input: <paramref name="Channels"/> output channels and a square kernel of
/// <paramref name="Kernel"/> pixels. The input channels follow from the input.
/// </summary>
/// <param name="Channels">Channels of the result.</param>
/// <param name="Kernel">Height and width of the kernel, pixels.</param>
public sealed record ConvOptions(int Channels, int Kernel)
{
    /// <summary>Pixels from one place of the kernel to the next.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>Zeros added on each side, pixels.</summary>
    public int Padding { get; init; }

    /// <summary>Pixels from one weight of the kernel to the next.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Whether a bias is added to each output channel.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>How the weights start.</summary>
    public ConvInitialisation Initialisation { get; init; } = ConvInitialisation.KaimingUniform;

    /// <summary>A stride-1 convolution that keeps height and width; the kernel is odd.</summary>
    public static ConvOptions Same(int channels, int kernel, int dilation = 1) =>
        new(channels, kernel) { Padding = dilation * (kernel / 2), Dilation = dilation };
}
