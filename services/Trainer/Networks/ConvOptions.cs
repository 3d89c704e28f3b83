namespace OrganSeg.Trainer.Networks;

/// <summary>
/// What a convolution looks like apart from its input: <paramref name="Channels"/> output channels and a square kernel of
/// <paramref name="Kernel"/> pixels. The input channels follow from the input.
/// </summary>
internal sealed record ConvOptions(int Channels, int Kernel)
{
    public int Stride { get; init; } = 1;

    /// <summary>Zeros added on each side, pixels.</summary>
    public int Padding { get; init; }

    public int Dilation { get; init; } = 1;

    public bool Bias { get; init; } = true;

    public ConvInitialisation Initialisation { get; init; } = ConvInitialisation.KaimingUniform;

    /// <summary>A stride-1 convolution that keeps height and width; the kernel is odd.</summary>
    public static ConvOptions Same(int channels, int kernel, int dilation = 1) =>
        new(channels, kernel) { Padding = dilation * (kernel / 2), Dilation = dilation };
}
