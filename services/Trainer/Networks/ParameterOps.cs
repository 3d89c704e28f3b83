using OrganSeg.Onnx;

namespace OrganSeg.Trainer.Networks;

/// <summary>Runs a network on nothing but channel counts and so lists its parameters and buffers in order of use.</summary>
internal sealed class ParameterOps : ITensorOps<int>
{
    private readonly List<ParameterDeclaration> _declarations = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public static IReadOnlyList<ParameterDeclaration> Declare(NetworkOptions options)
    {
        var ops = new ParameterOps();
        SegmentationNetworks.Forward(ops, 1, options);
        return ops._declarations;
    }

    public int Affine(int x, double scale, double shift) => x;

    public int Conv2d(int x, string name, ConvOptions options)
    {
        DeclareConv(name, [options.Channels, x, options.Kernel, options.Kernel], options);
        return options.Channels;
    }

    public int ConvTranspose2d(int x, string name, ConvOptions options)
    {
        DeclareConv(name, [x, options.Channels, options.Kernel, options.Kernel], options);
        return options.Channels;
    }

    public int BatchNorm2d(int x, string name)
    {
        Declare($"{name}.weight", [x], ParameterStart.One);
        Declare($"{name}.bias", [x], ParameterStart.Zero);
        Declare($"{name}.running_mean", [x], ParameterStart.Mean);
        Declare($"{name}.running_var", [x], ParameterStart.Variance);
        Declare($"{name}.num_batches_tracked", [], ParameterStart.Counter);
        return x;
    }

    public int Relu(int x) => x;

    public int Sigmoid(int x) => x;

    public int Add(int a, int b) => Math.Max(a, b);

    public int Multiply(int a, int b) => Math.Max(a, b);

    public int Concat(params ReadOnlySpan<int> parts)
    {
        var channels = 0;
        foreach (var part in parts)
        {
            channels += part;
        }

        return channels;
    }

    public int MaxPool2d(int x, int kernel, int stride, int padding = 0) => x;

    public int GlobalAveragePool(int x) => x;

    public int ResizeBilinear(int x, int like) => x;

    public int ResizeNearest(int x, int like) => x;

    public int Dropout(int x, double p) => x;

    private void DeclareConv(string name, long[] shape, ConvOptions options)
    {
        // PyTorch takes fan-in from the second dimension, for transposed convolutions too.
        var area = shape[2] * shape[3];
        var bound = 1 / Math.Sqrt(shape[1] * area);
        if (options.Initialisation == ConvInitialisation.KaimingNormalFanOut)
        {
            Declare($"{name}.weight", shape, ParameterStart.Normal, Math.Sqrt(2.0 / (shape[0] * area)));
        }
        else
        {
            Declare($"{name}.weight", shape, ParameterStart.Uniform, bound);
        }

        if (options.Bias)
        {
            Declare($"{name}.bias", [options.Channels], ParameterStart.Uniform, bound);
        }
    }

    private void Declare(string name, long[] shape, ParameterStart start, double scale = 0)
    {
        if (!_names.Add(name))
        {
            throw new InvalidOperationException($"The network uses parameter {name} twice.");
        }

        _declarations.Add(new(name, shape, start, scale));
    }
}
