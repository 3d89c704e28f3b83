namespace OrganSeg.Onnx;

/// <summary>What running a graph costs.</summary>
public static class OnnxCost
{
    /// <summary>
    /// Multiplications with an addition in convolutions, transposed convolutions and matrix products, which are nearly all there are.
    /// A convolution has one for each element of its result and each weight that the element depends on; a transposed one for each
    /// element of its input and each weight that the element is spread by. Padding counts as if it were image.
    /// </summary>
    /// <param name="graph">A graph whose inputs have known sizes.</param>
    /// <exception cref="ArgumentException">A size on which the number depends is not known.</exception>
    public static long MultiplyAccumulates(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Nodes.Sum(node => node.Operation switch
        {
            "Conv" => Size(node.Output) * Size(node.Inputs[1], from: 1),
            "ConvTranspose" => Size(node.Inputs[0]) * Size(node.Inputs[1], from: 1),
            "MatMul" or "Gemm" => Size(node.Output) * (graph.Values[node.Inputs[0]].Shape[^1].Size ?? throw Unknown(node.Inputs[0])),
            _ => 0L,
        });

        long Size(string name, int from = 0) =>
            graph.Values[name].Shape.Skip(from).Aggregate(1L, (product, size) => checked(product * (size.Size ?? throw Unknown(name))));
    }

    private static ArgumentException Unknown(string value) => new($"The size of {value} is not known; give the graph's inputs sizes.");
}
