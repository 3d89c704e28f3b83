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
    private const double GreyMean = 0.485;
    private const double Deviation = 0.225;

    // A probability too small for a float has no logarithm; this is the smallest that is told apart from none.
    private const double LeastProbability = 1e-30;

    public static IReadOnlyList<string> Architectures { get; } =
        [OrganSegNet, DeepLabV3ResNet50, UNet, AttentionUNet, OktayAttentionUNet];

    /// <summary>Input heights and widths are multiples of this many pixels.</summary>
    public const int SizeMultiple = 16;

    /// <summary>The whole network, from grey values 0…255 [N, 1, H, W] to logits [N, classes, H, W] and what else there is.</summary>
    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T grey, NetworkOptions options)
    {
        var x = ops.Affine(grey, 1 / (255 * Deviation), -GreyMean / Deviation);
        if (options.Channels > 1)
        {
            x = ops.Concat(Enumerable.Repeat(x, options.Channels).ToArray());
        }

        return options.Members == 1 ? Of(ops, x, options) : Together(
            ops,
            [.. Enumerable.Range(0, options.Members).Select(i => Of(new PrefixedOps<T>(ops, MemberPrefix(i)), x, options))]);
    }

    /// <summary>What the names of an ensemble's member begin with.</summary>
    public static string MemberPrefix(int member) => $"members.{member}.";

    /// <summary>The logarithm of the mean probability, whose greatest is the class that is most probable on average.</summary>
    private static NetworkOutputs<T> Together<T>(ITensorOps<T> ops, NetworkOutputs<T>[] members) => new(
        ops.Log(Mean(ops, [.. members.Select(member => ops.Softmax(member.Logits, 1))], LeastProbability)),
        [.. members.SelectMany(member => member.Auxiliary)],
        [.. members[0].AttentionMaps.Select((_, i) => Mean(ops, [.. members.Select(member => member.AttentionMaps[i])], 0))]);

    private static T Mean<T>(ITensorOps<T> ops, T[] values, double shift) =>
        ops.Affine(values.Aggregate(ops.Add), 1.0 / values.Length, shift);

    private static NetworkOutputs<T> Of<T>(ITensorOps<T> ops, T x, NetworkOptions options) =>
        options.Architecture switch
        {
            OrganSegNet => Networks.OrganSegNet.Forward(ops, x, options),
            DeepLabV3ResNet50 => DeepLabV3.Forward(ops, x, options),
            UNet => Networks.UNet.Forward(ops, x, options),
            AttentionUNet => Networks.AttentionUNet.Forward(ops, x, options),
            OktayAttentionUNet => Networks.OktayAttentionUNet.Forward(ops, x, options),
            _ => throw new OrganSegException(options.Violations()),
        };
}
