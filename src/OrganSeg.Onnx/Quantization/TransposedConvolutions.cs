namespace OrganSeg.Onnx.Quantization;

/// <summary>
/// Writes transposed convolutions whose kernel is as large as their stride as what they are: a 1×1 convolution to k² times
/// the channels, whose results are then laid out as k×k blocks of pixels. ONNX Runtime has 8-bit kernels for both of these
/// and none for the transposed one.
/// </summary>
public static class TransposedConvolutions
{
    /// <summary>Rewrites every transposed convolution of that form; others stay.</summary>
    /// <returns>A new graph, which computes the same.</returns>
    public static OnnxGraph Split(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var copy = new GraphCopy(graph);
        foreach (var node in graph.Nodes)
        {
            if (!TrySplit(copy, node))
            {
                copy.Add(node);
            }
        }

        return copy.Finish();
    }

    private static bool TrySplit(GraphCopy copy, OnnxNode node)
    {
        if (node.Operation != "ConvTranspose"
            || copy.Source.Initializers.GetValueOrDefault(node.Inputs[1]) is not { Shape: [var from, var to, var k, var width] } weight
            || k != width
            || OnnxAttribute.Integer(node, "group", 1) != 1
            || !OnnxAttribute.Integers(node, "strides", [1, 1]).All(stride => stride == k)
            || !OnnxAttribute.Integers(node, "pads", []).All(pad => pad == 0)
            || !OnnxAttribute.Integers(node, "output_padding", []).All(pad => pad == 0)
            || !OnnxAttribute.Integers(node, "dilations", []).All(dilation => dilation == 1)
            || node.Attributes.Any(a => a.Name is "auto_pad" or "output_shape")
            || (node.Inputs.Count > 2 && !copy.Source.Initializers.ContainsKey(node.Inputs[2])))
        {
            return false;
        }

        // weight[i, c, y, x] becomes the 1×1 weight of output (y·k + x)·C + c, the order of DepthToSpace's mode DCR.
        var values = weight.ToFloats();
        var blocks = (int)(k * k);
        var split = new float[values.Length];
        for (var i = 0; i < from; i++)
        {
            for (var c = 0; c < to; c++)
            {
                for (var block = 0; block < blocks; block++)
                {
                    split[(((block * to) + c) * from) + i] = values[(((i * to) + c) * blocks) + block];
                }
            }
        }

        var graph = copy.Target;
        List<string> inputs =
        [
            node.Inputs[0],
            graph.AddInitializer(graph.FreeName($"{node.Name}.split.weight"), OnnxTensor.Floats(split, to * blocks, from, 1, 1)).Name,
        ];
        if (node.Inputs.Count > 2)
        {
            var bias = copy.Source.Initializers[node.Inputs[2]].ToFloats();
            var repeated = Enumerable.Repeat(bias, blocks).SelectMany(values => values).ToArray();
            inputs.Add(graph.AddInitializer(graph.FreeName($"{node.Name}.split.bias"), OnnxTensor.Floats(repeated, repeated.Length)).Name);
        }

        var output = copy.Source.Values[node.Output];
        var before = copy.Source.Values[node.Inputs[0]].Shape;
        OnnxDimension[] shape = before is [var n, _, var h, var w] ? [n, to * blocks, h, w] : [];
        var convolved = graph.Append(
            graph.FreeName($"{node.Name}.split"),
            "Conv",
            inputs,
            new OnnxValue(graph.FreeName($"{node.Name}.split"), OnnxElementType.Float, shape) { HasShape = shape.Length > 0 },
            [
                OnnxAttribute.OfList("kernel_shape", 1, 1),
                OnnxAttribute.OfList("strides", 1, 1),
                OnnxAttribute.OfList("pads", 0, 0, 0, 0),
                OnnxAttribute.OfList("dilations", 1, 1),
            ]);
        graph.Append(
            node.Name,
            "DepthToSpace",
            [convolved.Name],
            output,
            [OnnxAttribute.Of("blocksize", k), OnnxAttribute.Of("mode", "DCR")]);
        return true;
    }
}
