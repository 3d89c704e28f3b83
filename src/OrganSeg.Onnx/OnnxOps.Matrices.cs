namespace OrganSeg.Onnx;

public sealed partial class OnnxOps
{
    /// <inheritdoc/>
    public OnnxValue MatMul(OnnxValue a, OnnxValue b)
    {
        if (a.Shape.Count < 2 || b.Shape.Count < 2 || (a.Shape[^1].Size is { } m && b.Shape[^2].Size is { } n && m != n))
        {
            throw OrganSegException.Invalid("MatMul", $"{Describe(a)} and {Describe(b)} cannot be multiplied");
        }

        var outer = Broadcast([.. a.Shape.SkipLast(2)], [.. b.Shape.SkipLast(2)], "MatMul");
        return Node("MatMul", [a, b], [.. outer, a.Shape[^2], b.Shape[^1]]);
    }

    /// <inheritdoc/>
    public OnnxValue Linear(OnnxValue x, string name, int features, bool bias = true)
    {
        var input = Known(x, x.Shape.Count - 1, name);
        var bound = 1 / Math.Sqrt(input);
        var weight = new ParameterDeclaration($"{name}.weight", [features, input], ParameterStart.Uniform, bound);
        var offset = new ParameterDeclaration($"{name}.bias", [features], ParameterStart.Uniform, bound);
        OnnxDimension[] shape = [.. x.Shape.SkipLast(1), features];
        if (x.Shape.Count == 2)
        {
            List<OnnxValue?> inputs = [x, Weight(weight)];
            if (bias)
            {
                inputs.Add(Weight(offset));
            }

            return Node("Gemm", inputs, shape, [OnnxAttribute.Of("transB", 1)], name);
        }

        var product = Node("MatMul", [x, Weight(weight, w => TensorMath.Permute(w, [1, 0]))], shape, name: bias ? null : name);
        return bias ? Node("Add", [product, Weight(offset)], shape, name: name) : product;
    }
}
