using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>
/// DeepLabV3 (arXiv:1706.05587) on a ResNet-50 backbone at output stride 8, with torchvision's structure and parameter
/// names, so that its checkpoints can be imported. torchvision's is width 64 with three input channels. Dropout is in the
/// classifier, before its last but one convolution.
/// </summary>
internal static class DeepLabV3
{
    /// <summary>What the auxiliary head's parameters are named after.</summary>
    public const string AuxiliaryHead = "aux_classifier";

    private const int Expansion = 4;
    private const double AuxiliaryDropout = 0.1;
    private static readonly int[] AtrousRates = [12, 24, 36];

    public static NetworkOutputs<T> Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        var (middle, features) = ResNet50(ops, x, "backbone", options.Width);
        var channels = 4 * options.Width;
        var y = Aspp(ops, features, "classifier.0", channels, options.DropoutRate);
        y = Head(ops, y, "classifier", first: 1, channels, dropout: null, options.Classes);
        var logits = ops.ResizeBilinear(y, like: x);
        if (!options.Auxiliary)
        {
            return new NetworkOutputs<T>(logits);
        }

        // torchvision's FCN head: a quarter of its input's channels, which are 16 times the width.
        var auxiliary = Head(ops, middle, AuxiliaryHead, first: 0, channels, AuxiliaryDropout, options.Classes);
        return new NetworkOutputs<T>(logits, [ops.ResizeBilinear(auxiliary, like: x)], []);
    }

    /// <summary>A 3×3 convolution with batch norm and ReLU, and a 1×1 one to the classes; as torchvision counts them.</summary>
    private static T Head<T>(
        ITensorOps<T> ops, T x, string name, int first, int channels, double? dropout, int classes)
    {
        var smooth = ConvOptions.Same(channels, 3) with { Bias = false };
        x = DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.{first}", $"{name}.{first + 1}", smooth);
        x = dropout is { } p ? ops.Dropout(x, p) : x;
        return ops.Conv2d(x, $"{name}.4", new ConvOptions(classes, 1));
    }

    /// <returns>The features of the third stage, 16 times the width, and of the fourth.</returns>
    private static (T Middle, T Last) ResNet50<T>(ITensorOps<T> ops, T x, string name, int width)
    {
        var stem = Backbone(new ConvOptions(width, 7) { Stride = 2, Padding = 3 });
        x = DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.conv1", $"{name}.bn1", stem);
        x = ops.MaxPool2d(x, kernel: 3, stride: 2, padding: 1);

        // The last two stages dilate instead of striding; the first block of each still has the dilation before it.
        x = Stage(ops, x, $"{name}.layer1", blocks: 3, width, stride: 1, firstDilation: 1, dilation: 1);
        x = Stage(ops, x, $"{name}.layer2", blocks: 4, width * 2, stride: 2, firstDilation: 1, dilation: 1);
        x = Stage(ops, x, $"{name}.layer3", blocks: 6, width * 4, stride: 1, firstDilation: 1, dilation: 2);
        return (x, Stage(ops, x, $"{name}.layer4", blocks: 3, width * 8, stride: 1, firstDilation: 2, dilation: 4));
    }

    private static T Stage<T>(
        ITensorOps<T> ops, T x, string name, int blocks, int width, int stride, int firstDilation, int dilation)
    {
        x = Bottleneck(ops, x, $"{name}.0", width, stride, firstDilation, project: true);
        for (var block = 1; block < blocks; block++)
        {
            x = Bottleneck(ops, x, $"{name}.{block}", width, stride: 1, dilation, project: false);
        }

        return x;
    }

    private static T Bottleneck<T>(
        ITensorOps<T> ops, T x, string name, int width, int stride, int dilation, bool project)
    {
        var narrow = Backbone(new ConvOptions(width, 1));
        var wide = Backbone(new ConvOptions(width * Expansion, 1));
        var y = DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.conv1", $"{name}.bn1", narrow);
        y = DoubleConv.ConvBatchNormRelu(ops, y, $"{name}.conv2", $"{name}.bn2",
            Backbone(ConvOptions.Same(width, 3, dilation)) with { Stride = stride });
        y = ops.BatchNorm2d(ops.Conv2d(y, $"{name}.conv3", wide), $"{name}.bn3");
        if (project)
        {
            x = ops.Conv2d(x, $"{name}.downsample.0", wide with { Stride = stride });
            x = ops.BatchNorm2d(x, $"{name}.downsample.1");
        }

        return ops.Relu(ops.Add(y, x));
    }

    /// <summary>Atrous spatial pyramid pooling: a 1×1, three dilated 3×3 and the image's mean, joined and projected.</summary>
    private static T Aspp<T>(ITensorOps<T> ops, T x, string name, int channels, double dropout)
    {
        var point = new ConvOptions(channels, 1) { Bias = false };
        var branches = new List<T> { DoubleConv.ConvBatchNormRelu(ops, x, $"{name}.convs.0.0", $"{name}.convs.0.1", point) };
        foreach (var rate in AtrousRates)
        {
            var branch = $"{name}.convs.{branches.Count}";
            var atrous = ConvOptions.Same(channels, 3, rate) with { Bias = false };
            branches.Add(DoubleConv.ConvBatchNormRelu(ops, x, $"{branch}.0", $"{branch}.1", atrous));
        }

        var pooled = DoubleConv.ConvBatchNormRelu(
            ops, ops.GlobalAveragePool(x), $"{name}.convs.4.1", $"{name}.convs.4.2", point);
        branches.Add(ops.ResizeBilinear(pooled, like: x));
        var joined = ops.Concat(branches.ToArray());
        return ops.Dropout(DoubleConv.ConvBatchNormRelu(ops, joined, $"{name}.project.0", $"{name}.project.1", point), dropout);
    }

    private static ConvOptions Backbone(ConvOptions options) =>
        options with { Bias = false, Initialisation = ConvInitialisation.KaimingNormalFanOut };
}
