namespace OrganSeg.Onnx;

/// <summary>
/// What a convolution looks like apart from its input: <paramref name="Channels"/> output channels and a kernel of
/// <paramref name="Kernel"/> pixels. The input channels follow from the input. Everything is square unless a width is given.
/// </summary>
/// <param name="Channels">Channels of the result.</param>
/// <param name="Kernel">Height of the kernel, and its width unless <see cref="KernelWidth"/> is given; pixels.</param>
public sealed record ConvOptions(int Channels, int Kernel)
{
    /// <summary>Width of the kernel where it differs from the height.</summary>
    public int? KernelWidth { get; init; }

    /// <summary>Pixels from one place of the kernel to the next.</summary>
    public int Stride { get; init; } = 1;

    /// <summary>The same along the width, where it differs.</summary>
    public int? StrideWidth { get; init; }

    /// <summary>Zeros added on each side, pixels.</summary>
    public int Padding { get; init; }

    /// <summary>Zeros added left and right, where they differ from those above and below.</summary>
    public int? PaddingWidth { get; init; }

    /// <summary>Pixels from one weight of the kernel to the next.</summary>
    public int Dilation { get; init; } = 1;

    /// <summary>Groups of channels that do not see each other; as many as channels for a depthwise convolution.</summary>
    public int Groups { get; init; } = 1;

    /// <summary>Rows and columns added at the end of a transposed convolution's result.</summary>
    public int OutputPadding { get; init; }

    /// <summary>Whether a bias is added to each output channel.</summary>
    public bool Bias { get; init; } = true;

    /// <summary>How the weights start.</summary>
    public ConvInitialisation Initialisation { get; init; } = ConvInitialisation.KaimingUniform;

    /// <summary>Height and width of the kernel.</summary>
    public (int Height, int Width) Kernels => (Kernel, KernelWidth ?? Kernel);

    /// <summary>Strides down and across.</summary>
    public (int Height, int Width) Strides => (Stride, StrideWidth ?? Stride);

    /// <summary>Padding above and below, and at the left and right.</summary>
    public (int Height, int Width) Paddings => (Padding, PaddingWidth ?? Padding);

    /// <summary>A stride-1 convolution that keeps height and width; the kernel is odd.</summary>
    public static ConvOptions Same(int channels, int kernel, int dilation = 1) =>
        new(channels, kernel) { Padding = dilation * (kernel / 2), Dilation = dilation };
}
