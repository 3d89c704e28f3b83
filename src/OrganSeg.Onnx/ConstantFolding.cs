namespace OrganSeg.Onnx;

/// <summary>
/// Computes operators on constants, so that what depends on constants alone is not left to the runtime. Written plainly, with
/// sums in double precision: constants are small, and each is computed once.
/// </summary>
internal static partial class ConstantFolding
{
    /// <summary>The result of an operator whose inputs are all constants; null for one that this library does not write.</summary>
    /// <param name="operation">The ONNX operator.</param>
    /// <param name="inputs">Its inputs; null for one that is left out.</param>
    /// <param name="attributes">Its attributes.</param>
    /// <param name="shape">The shape of its result.</param>
    public static OnnxTensor? Compute(
        string operation, IReadOnlyList<OnnxTensor?> inputs, IReadOnlyList<OnnxAttribute> attributes, long[] shape)
    {
        if (inputs[0]?.Type != OnnxElementType.Float)
        {
            return null;
        }

        var call = new Call(inputs, attributes, shape);
        var values = operation switch
        {
            "Conv" => Conv(call),
            "ConvTranspose" => ConvTranspose(call),
            "MaxPool" or "AveragePool" => Pool(call, operation == "MaxPool"),
            "GlobalAveragePool" => Mean(call, [2, 3]),
            "ReduceMean" => Mean(call, call.Inputs.Count > 1 ? call.Integers(1) : call.List("axes", [])),
            "Softmax" => Softmax(call),
            "BatchNormalization" => BatchNorm(call),
            "InstanceNormalization" => GroupNorm(call, call.InputShape(0)[1]),
            "GroupNormalization" => GroupNorm(call, call.Integer("num_groups", 1)),
            "LayerNormalization" => LayerNorm(call),
            "MatMul" => MatMul(call),
            "Gemm" => Gemm(call),
            "Resize" => Resize(call),
            "Reshape" or "Flatten" => call.Floats(0),
            "Transpose" => Transpose(call),
            "Pad" => Pad(call),
            "Slice" => Slice(call),
            "Gather" => Gather(call),
            "Concat" => Concat(call),
            "Mul" => Pairs(call, (a, b) => a * b),
            "Add" => Pairs(call, (a, b) => a + b),
            _ => null,
        };
        return values is null ? null : OnnxTensor.Floats(values, shape);
    }

    private static float[] Pairs(Call call, Func<float, float, float> function) =>
        TensorMath.Combine(call.Inputs[0]!, call.Inputs[1]!, call.Shape, function).ToFloats();

    private static float[] Transpose(Call call) =>
        TensorMath.Permute(call.Inputs[0]!, Array.ConvertAll(call.List("perm", []), axis => (int)axis)).ToFloats();

    private static float[] Slice(Call call)
    {
        var (axis, step) = ((int)call.Integers(3)[0], call.Integers(4)[0]);
        var size = call.InputShape(0)[axis];
        var start = call.Integers(1)[0];
        start = Math.Clamp(start < 0 ? start + size : start, 0, size);
        return Picked(call, (a, place) => a == axis ? start + (place * step) : place);
    }

    private static float[] Gather(Call call)
    {
        var (axis, indices) = (call.Integer("axis", 0), call.Integers(1));
        return Picked(call, (a, place) => a == axis ? indices[place] : place);
    }

    private static float[] Pad(Call call)
    {
        const int Outside = -1;
        var (shape, pads, mode) = (call.InputShape(0), call.Integers(1), call.Text("mode", "constant"));
        var value = call.Inputs.Count > 2 ? call.Floats(2)[0] : 0;
        return Picked(
            call,
            (axis, place) =>
            {
                var (size, source) = (shape[axis], place - pads[axis]);
                return source >= 0 && source < size ? source : mode switch
                {
                    "edge" => Math.Clamp(source, 0, size - 1),
                    "reflect" => source < 0 ? -source : (2 * (size - 1)) - source,
                    _ => Outside,
                };
            },
            value);
    }

    private static float[] Concat(Call call)
    {
        var axis = (int)call.Integer("axis", 0);
        var inner = TensorMath.Count(call.Shape.AsSpan(axis + 1));
        var rows = call.Inputs.Select((input, i) => (Values: call.Floats(i), Length: input!.Shape[axis] * inner)).ToArray();
        var outer = TensorMath.Count(call.Shape.AsSpan(0, axis));
        var result = new List<float>();
        for (var row = 0L; row < outer; row++)
        {
            foreach (var (values, length) in rows)
            {
                result.AddRange(values.AsSpan((int)(row * length), (int)length));
            }
        }

        return [.. result];
    }

    /// <summary>Each element of the result is one of the first input, or a value where its place along an axis is negative.</summary>
    private static float[] Picked(Call call, Func<int, long, long> place, float otherwise = 0)
    {
        var (values, shape) = (call.Floats(0), call.Shape);
        var steps = TensorMath.Steps(call.InputShape(0));
        var result = new float[TensorMath.Count(shape)];
        for (var i = 0; i < result.Length; i++)
        {
            var (rest, offset, outside) = ((long)i, 0L, false);
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                var source = place(axis, rest % shape[axis]);
                outside |= source < 0;
                offset += source * steps[axis];
                rest /= shape[axis];
            }

            result[i] = outside ? otherwise : values[offset];
        }

        return result;
    }

    /// <summary>An operator with what it is applied to.</summary>
    private sealed record Call(IReadOnlyList<OnnxTensor?> Inputs, IReadOnlyList<OnnxAttribute> Attributes, long[] Shape)
    {
        public bool Has(int input) => input < Inputs.Count && Inputs[input] is not null;

        public float[] Floats(int input) => Inputs[input]!.ToFloats();

        public long[] Integers(int input) => Inputs[input]!.ToInt64s();

        public IReadOnlyList<long> InputShape(int input) => Inputs[input]!.Shape;

        public long Integer(string name, long otherwise) => Find(name)?.Proto.I ?? otherwise;

        public double Number(string name, double otherwise) => Find(name)?.Proto.F ?? otherwise;

        public string Text(string name, string otherwise) => Find(name)?.Proto.S.ToStringUtf8() ?? otherwise;

        public long[] List(string name, long[] otherwise) => Find(name)?.Proto.Ints.ToArray() ?? otherwise;

        private OnnxAttribute? Find(string name) => Attributes.FirstOrDefault(attribute => attribute.Name == name);
    }
}
