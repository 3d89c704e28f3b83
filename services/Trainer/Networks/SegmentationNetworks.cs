namespace OrganSeg.Trainer.Networks;

/// <summary>The architectures by name.</summary>
internal static class SegmentationNetworks
{
    public const string OrganSegNet = "organsegnet";
    public const string DeepLabV3ResNet50 = "deeplabv3-resnet50";

    // ImageNet's red mean and blue deviation, as the paper has them.
    private const double Mean = 0.485;
    private const double Deviation = 0.225;

    public static IReadOnlyList<string> Architectures { get; } = [OrganSegNet, DeepLabV3ResNet50];

    /// <summary>Input heights and widths are multiples of this many pixels.</summary>
    public const int SizeMultiple = 16;

    /// <summary>The whole network, from grey values 0…255 [N, 1, H, W] to logits [N, classes, H, W].</summary>
    public static T Forward<T>(ITensorOps<T> ops, T grey, NetworkOptions options)
    {
        var x = ops.Affine(grey, 1 / (255 * Deviation), -Mean / Deviation);
        return options.Architecture switch
        {
            OrganSegNet => Networks.OrganSegNet.Forward(ops, x, options),
            DeepLabV3ResNet50 => DeepLabV3.Forward(ops, x, options),
            _ => throw new OrganSegException(options.Violations()),
        };
    }
}
