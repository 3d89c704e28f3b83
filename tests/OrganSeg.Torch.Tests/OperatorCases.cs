using OrganSeg.Onnx;

namespace OrganSeg.Torch.Tests;

/// <summary>Uses of every operator, each written once for both sides.</summary>
internal static class OperatorCases<T>
{
    private static readonly long[] Image = [2, 6, 9, 8];
    private static readonly long[] Tokens = [2, 5, 12];

    public static IReadOnlyDictionary<string, OperatorCase<T>> All { get; } = new Dictionary<string, OperatorCase<T>>
    {
        ["affine"] = new("Affine", [Image], (o, x) => o.Affine(x[0], 0.3, -1.25)),
        ["affine-chain"] = new("Affine", [Image], (o, x) => o.Affine(o.Affine(o.Affine(x[0], 2, 1), 0.5, 0), 1, -3)),
        ["affine-parameter"] = new(
            "Affine", [Image], (o, x) => o.Add(x[0], o.Affine(o.Parameter("p", 6, 1, 1), 2, 1))),
        ["conv"] = new("Conv2d", [Image], (o, x) => o.Conv2d(x[0], "c", ConvOptions.Same(4, 3))),
        ["conv-strided"] = new("Conv2d", [Image], (o, x) =>
            o.Conv2d(x[0], "c", new ConvOptions(4, 3) { Stride = 2, Padding = 1, Bias = false })),
        ["conv-dilated"] = new("Conv2d", [Image], (o, x) => o.Conv2d(x[0], "c", ConvOptions.Same(4, 3, 2))),
        ["conv-grouped"] = new("Conv2d", [Image], (o, x) =>
            o.Conv2d(x[0], "c", ConvOptions.Same(9, 3) with { Groups = 3 })),
        ["conv-depthwise"] = new("Conv2d", [Image], (o, x) =>
            o.Conv2d(x[0], "c", ConvOptions.Same(6, 3) with { Groups = 6 })),
        ["conv-rectangular"] = new("Conv2d", [Image], (o, x) => o.Conv2d(x[0], "c", new ConvOptions(4, 1)
        {
            KernelWidth = 5,
            PaddingWidth = 2,
            Stride = 2,
            StrideWidth = 1,
        })),
        ["conv-batchnorm"] = new("BatchNorm2d", [Image], (o, x) =>
            o.Relu(o.BatchNorm2d(o.Conv2d(x[0], "c", ConvOptions.Same(4, 3)), "n"))),
        ["conv-tied"] = new("Conv2d", [Image], (o, x) =>
        {
            var conv = ConvOptions.Same(6, 3);
            return o.Conv2d(o.Tanh(o.Conv2d(x[0], "c", conv)), "c", conv);
        }),
        ["transposed"] = new("ConvTranspose2d", [Image], (o, x) =>
            o.ConvTranspose2d(x[0], "c", new ConvOptions(4, 2) { Stride = 2 })),
        ["transposed-grouped"] = new("ConvTranspose2d", [Image], (o, x) =>
            o.ConvTranspose2d(x[0], "c", new ConvOptions(4, 3) { Stride = 2, Padding = 1, OutputPadding = 1, Groups = 2 })),
        ["transposed-batchnorm"] = new("ConvTranspose2d", [Image], (o, x) =>
            o.BatchNorm2d(o.ConvTranspose2d(x[0], "c", new ConvOptions(4, 2) { Stride = 2 }), "n")),
        ["batchnorm"] = new("BatchNorm2d", [Image], (o, x) => o.BatchNorm2d(x[0], "n")),
        ["relu"] = new("Relu", [Image], (o, x) => o.Relu(o.Affine(x[0], 1, -0.5))),
        ["sigmoid"] = new("Sigmoid", [Image], (o, x) => o.Sigmoid(x[0])),
        ["tanh"] = new("Tanh", [Image], (o, x) => o.Tanh(x[0])),
        ["log"] = new("Log", [Image], (o, x) => o.Log(o.Sigmoid(x[0]))),
        ["leaky"] = new("LeakyRelu", [Image], (o, x) => o.LeakyRelu(x[0], 0.2)),
        ["elu"] = new("Elu", [Image], (o, x) => o.Elu(x[0], 0.7)),
        ["gelu"] = new("Gelu", [Image], (o, x) => o.Gelu(x[0])),
        ["gelu-tanh"] = new("Gelu", [Image], (o, x) => o.Gelu(x[0], tanh: true)),
        ["gelu-parameter"] = new("Gelu", [Image], (o, x) => o.Multiply(x[0], o.Gelu(o.Parameter("p", 6, 1, 1)))),
        ["silu"] = new("Silu", [Image], (o, x) => o.Silu(x[0])),
        ["softmax"] = new("Softmax", [Image], (o, x) => o.Softmax(x[0], 1)),
        ["softmax-last"] = new("Softmax", [Tokens], (o, x) => o.Softmax(x[0], -1)),
        ["add"] = new("Add", [Image, Image], (o, x) => o.Add(x[0], x[1])),
        ["subtract"] = new("Subtract", [Image, Image], (o, x) => o.Subtract(x[0], x[1])),
        ["multiply"] = new("Multiply", [Image, [2, 6, 1, 1]], (o, x) => o.Multiply(x[0], x[1]), Free: false),
        ["divide"] = new("Divide", [Image], (o, x) => o.Divide(x[0], o.Affine(o.Sigmoid(x[0]), 1, 1))),
        ["parameter"] = new("Parameter", [Image], (o, x) =>
            o.Multiply(x[0], o.Multiply(o.Parameter("a", 6, 1, 1), o.Reshape(o.Parameter("b", 2, 3), 6, 1, 1)))),
        ["concat"] = new("Concat", [Image, Image], (o, x) => o.Concat(x[0], x[1], x[0])),
        ["concat-along"] = new("ConcatAlong", [Tokens, Tokens], (o, x) => o.ConcatAlong(-1, x[0], x[1])),
        ["maxpool"] = new("MaxPool2d", [Image], (o, x) => o.MaxPool2d(x[0], 3, 2, 1)),
        ["averagepool"] = new("AveragePool2d", [Image], (o, x) => o.AveragePool2d(x[0], 3, 2, 1)),
        ["averagepool-inside"] = new("AveragePool2d", [Image], (o, x) => o.AveragePool2d(x[0], 3, 2, 1, false)),
        ["globalpool"] = new("GlobalAveragePool", [Image], (o, x) => o.GlobalAveragePool(x[0])),
        ["adaptive-one"] = new("AdaptiveAveragePool2d", [Image], (o, x) => o.AdaptiveAveragePool2d(x[0], 1, 1)),
        ["adaptive-even"] = new("AdaptiveAveragePool2d", [Image], (o, x) => o.AdaptiveAveragePool2d(x[0], 3, 4), false),
        ["adaptive-uneven"] = new("AdaptiveAveragePool2d", [Image], (o, x) => o.AdaptiveAveragePool2d(x[0], 5, 3), false),
        ["mean"] = new("Mean", [Image], (o, x) => o.Mean(x[0], true, 2, 3)),
        ["mean-tokens"] = new("Mean", [Tokens], (o, x) => o.Mean(x[0], false, 1)),
        ["mean-all"] = new("Mean", [Tokens], (o, x) => o.Mean(x[0], false)),
        ["mean-all-kept"] = new("Mean", [Tokens], (o, x) => o.Mean(x[0], true)),
        ["groupnorm"] = new("GroupNorm", [Image], (o, x) => o.GroupNorm(x[0], "n", 3)),
        ["groupnorm-tokens"] = new("GroupNorm", [[2, 6, 5]], (o, x) => o.GroupNorm(x[0], "n", 2, 1e-3)),
        ["layernorm"] = new("LayerNorm", [Tokens], (o, x) => o.LayerNorm(x[0], "n")),
        ["layernorm-two"] = new("LayerNorm", [Tokens], (o, x) => o.LayerNorm(x[0], "n", 2, 1e-6)),
        ["instancenorm"] = new("InstanceNorm2d", [Image], (o, x) => o.InstanceNorm2d(x[0])),
        ["instancenorm-affine"] = new("InstanceNorm2d", [Image], (o, x) => o.InstanceNorm2d(x[0], "n", 1e-3)),
        ["linear"] = new("Linear", [[3, 7]], (o, x) => o.Linear(x[0], "l", 4)),
        ["linear-tokens"] = new("Linear", [Tokens], (o, x) => o.Linear(x[0], "l", 4)),
        ["linear-plain"] = new("Linear", [Tokens], (o, x) => o.Linear(x[0], "l", 4, bias: false)),
        ["matmul"] = new("MatMul", [Tokens, Tokens], (o, x) => o.MatMul(x[0], o.Permute(x[1], 0, 2, 1))),
        ["attention"] = new("MatMul", [Tokens], (o, x) =>
        {
            T Heads(string name) => o.Permute(o.Reshape(o.Linear(x[0], name, 12), -1, 5, 3, 4), 0, 2, 1, 3);
            var scores = o.MatMul(Heads("q"), o.Permute(Heads("k"), 0, 1, 3, 2));
            var mixed = o.MatMul(o.Softmax(o.Affine(scores, 0.5, 0), -1), Heads("v"));
            return o.Flatten(o.Permute(mixed, 0, 2, 1, 3), 2);
        }),
        ["resize-like"] = new("ResizeBilinear", [Image], (o, x) => o.ResizeBilinear(o.MaxPool2d(x[0], 2, 2), x[0])),
        ["resize-nearest-like"] = new("ResizeNearest", [[2, 3, 8, 6]], (o, x) =>
            o.ResizeNearest(o.MaxPool2d(x[0], 2, 2), x[0])),
        ["resize-nearest"] = new("Resize", [Image], (o, x) => o.Resize(x[0], 2, 3, ResizeMode.Nearest)),
        ["resize-nearest-odd"] = new("Resize", [[1, 2, 41, 20]], (o, x) => o.Resize(x[0], 2.1, 0.7, ResizeMode.Nearest), Free: false),
        ["resize-nearest-many"] = new("Resize", [[1, 2, 1, 3]], (o, x) => o.Resize(x[0], 47, 41, ResizeMode.Nearest), Free: false),
        ["resize-to-fewer"] = new("ResizeTo", [[1, 2, 14, 14]], (o, x) => o.ResizeTo(x[0], 2, 32, ResizeMode.Nearest)),
        ["resize-bilinear"] = new("Resize", [Image], (o, x) => o.Resize(x[0], 1.5, 0.5, ResizeMode.Bilinear)),
        ["resize-corners"] = new("Resize", [Image], (o, x) => o.Resize(x[0], 2, 1.5, ResizeMode.BilinearAlignCorners)),
        ["resize-to-nearest"] = new("ResizeTo", [Image], (o, x) => o.ResizeTo(x[0], 18, 4, ResizeMode.Nearest)),
        ["resize-to-bilinear"] = new("ResizeTo", [Image], (o, x) => o.ResizeTo(x[0], 13, 5, ResizeMode.Bilinear)),
        ["resize-to-corners"] = new("ResizeTo", [Image], (o, x) =>
            o.ResizeTo(x[0], 4, 13, ResizeMode.BilinearAlignCorners)),
        ["pad"] = new("Pad2d", [Image], (o, x) => o.Pad2d(x[0], 1, 2, 3, 0, PadMode.Constant, 0.75)),
        ["pad-reflect"] = new("Pad2d", [Image], (o, x) => o.Pad2d(x[0], 1, 2, 3, 0, PadMode.Reflect)),
        ["pad-edge"] = new("Pad2d", [Image], (o, x) => o.Pad2d(x[0], 0, 2, 3, 1, PadMode.Edge)),
        ["slice"] = new("Slice", [Image], (o, x) => o.Slice(x[0], 1, 1, 5, 2)),
        ["slice-from-end"] = new("Slice", [Image], (o, x) => o.Slice(x[0], 2, -4, -1)),
        ["reshape"] = new("Reshape", [Tokens], (o, x) => o.Reshape(x[0], -1, 5, 3, 4)),
        ["flatten"] = new("Flatten", [Tokens], (o, x) => o.Flatten(x[0])),
        ["flatten-tail"] = new("Flatten", [Image], (o, x) => o.Flatten(x[0], 2)),
        ["flatten-middle"] = new("Flatten", [Image], (o, x) => o.Flatten(x[0], 1, 2)),
        ["permute"] = new("Permute", [Image], (o, x) => o.Permute(x[0], 0, 2, 3, 1)),
        ["dropout"] = new("Dropout", [Image], (o, x) => o.Add(o.Dropout(x[0], 0.5), x[0])),
    };
}
