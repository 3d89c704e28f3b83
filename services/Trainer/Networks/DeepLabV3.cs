namespace OrganSeg.Trainer.Networks;

/// <summary>
/// DeepLabV3 (arXiv:1706.05587) on a ResNet-50 backbone at output stride 8, with torchvision's structure and parameter
/// names, so that its checkpoints can be imported. torchvision's is width 64; grey is repeated to three channels.
/// </summary>
internal static class DeepLabV3
{
    private const int Expansion = 4;
    private static readonly int[] AtrousRates = [12, 24, 36];

    public static T Forward<T>(ITensorOps<T> ops, T x, NetworkOptions options)
    {
        var features = ResNet50(ops, ops.Concat(x, x, x), "backbone", options.Width);
        var channels = 4 * options.Width;
        var y = Aspp(ops, features, "classifier.0", channels);
        var smooth = ConvOptions.Same(channels, 3) with { Bias = false };
        y = ConvBatchNormRelu(ops, y, "classifier.1", "classifier.2", smooth);
        y = ops.Conv2d(y, "classifier.4", new ConvOptions(options.Classes, 1));
        return ops.ResizeBilinear(y, like: x);
    }

    private static T ResNet50<T>(ITensorOps<T> ops, T x, string name, int width)
    {
        var stem = Backbone(new ConvOptions(width, 7) { Stride = 2, Padding = 3 });
        x = ConvBatchNormRelu(ops, x, $"{name}.conv1", $"{name}.bn1", stem);
        x = ops.MaxPool2d(x, kernel: 3, stride: 2, padding: 1);

        // The last two stages dilate instead of striding; the first block of each still has the dilation before it.
        x = Stage(ops, x, $"{name}.layer1", blocks: 3, width, stride: 1, firstDilation: 1, dilation: 1);
        x = Stage(ops, x, $"{name}.layer2", blocks: 4, width * 2, stride: 2, firstDilation: 1, dilation: 1);
        x = Stage(ops, x, $"{name}.layer3", blocks: 6, width * 4, stride: 1, firstDilation: 1, dilation: 2);
        return Stage(ops, x, $"{name}.layer4", blocks: 3, width * 8, stride: 1, firstDilation: 2, dilation: 4);
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
        var y = ConvBatchNormRelu(ops, x, $"{name}.conv1", $"{name}.bn1", narrow);
        y = ConvBatchNormRelu(ops, y, $"{name}.conv2", $"{name}.bn2",
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
    private static T Aspp<T>(ITensorOps<T> ops, T x, string name, int channels)
    {
        var point = new ConvOptions(channels, 1) { Bias = false };
        var branches = new List<T> { ConvBatchNormRelu(ops, x, $"{name}.convs.0.0", $"{name}.convs.0.1", point) };
        foreach (var rate in AtrousRates)
        {
            var branch = $"{name}.convs.{branches.Count}";
            var atrous = ConvOptions.Same(channels, 3, rate) with { Bias = false };
            branches.Add(ConvBatchNormRelu(ops, x, $"{branch}.0", $"{branch}.1", atrous));
        }

        var pooled = ConvBatchNormRelu(
            ops, ops.GlobalAveragePool(x), $"{name}.convs.4.1", $"{name}.convs.4.2", point);
        branches.Add(ops.ResizeBilinear(pooled, like: x));
        var joined = ops.Concat(branches.ToArray());
        return ops.Dropout(ConvBatchNormRelu(ops, joined, $"{name}.project.0", $"{name}.project.1", point), 0.5);
    }

    private static ConvOptions Backbone(ConvOptions options) =>
        options with { Bias = false, Initialisation = ConvInitialisation.KaimingNormalFanOut };

    private static T ConvBatchNormRelu<T>(ITensorOps<T> ops, T x, string conv, string norm, ConvOptions options) =>
        ops.Relu(ops.BatchNorm2d(ops.Conv2d(x, conv, options), norm));
}
