using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>The architectures by name.</summary>
internal static class SegmentationNetworks
{
    public const string OrganSegNet = "organsegnet";
    public const string DeepLabV3ResNet50 = "deeplabv3-resnet50";

    public const string UNet = "unet";
    public const string AttentionUNet = "attention-unet";
    public const string OktayAttentionUNet = "attention-unet-oktay";

    // ImageNet's red mean and blue deviation, as the paper has them.
    private const double Mean = 0.485;
    private const double Deviation = 0.225;

    public static IReadOnlyList<string> Architectures { get; } =
        [OrganSegNet, DeepLabV3ResNet50, UNet, AttentionUNet, OktayAttentionUNet];

    /// <summary>Input heights and widths are multiples of this many pixels.</summary>
    public const int SizeMultiple = 16;

    /// <summary>The whole network, from grey values 0…255 [N, 1, H, W] to logits [N, classes, H, W] and what else there is.</summary>
    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T grey, NetworkOptions options)
    {
        var x = ops.Affine(grey, 1 / (255 * Deviation), -Mean / Deviation);
        if (options.Channels > 1)
        {
            x = ops.Concat(Enumerable.Repeat(x, options.Channels).ToArray());
        }

        return options.Architecture switch
        {
            OrganSegNet => Networks.OrganSegNet.Forward(ops, x, options),
            DeepLabV3ResNet50 => DeepLabV3.Forward(ops, x, options),
            UNet => Networks.UNet.Forward(ops, x, options),
            AttentionUNet => Networks.AttentionUNet.Forward(ops, x, options),
            OktayAttentionUNet => Networks.OktayAttentionUNet.Forward(ops, x, options),
            _ => throw new OrganSegException(options.Violations()),
        };
    }
}
