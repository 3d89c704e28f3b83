namespace OrganSeg.Onnx;

/// <summary>Arithmetic on constants, so that what depends on constants alone is not left to the runtime.</summary>
internal static class TensorMath
{
    public static OnnxTensor Map(OnnxTensor tensor, Func<float, float> function) =>
        OnnxTensor.Floats(Array.ConvertAll(tensor.ToFloats(), v => function(v)), [.. tensor.Shape]);

    /// <summary>The same values in another shape of the same size.</summary>
    public static OnnxTensor Reshape(OnnxTensor tensor, params ReadOnlySpan<long> shape) =>
        OnnxTensor.Floats(tensor.ToFloats(), shape);

    /// <summary>Element by element, both repeated to <paramref name="shape"/>.</summary>
    public static OnnxTensor Combine(OnnxTensor a, OnnxTensor b, long[] shape, Func<float, float, float> function)
    {
        var (left, right) = (a.ToFloats(), b.ToFloats());
        var (leftSteps, rightSteps) = (RepeatedSteps(a.Shape, shape), RepeatedSteps(b.Shape, shape));
        var result = new float[Count(shape)];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = function(left[Offset(i, shape, leftSteps)], right[Offset(i, shape, rightSteps)]);
        }

        return OnnxTensor.Floats(result, shape);
    }

    public static OnnxTensor Permute(OnnxTensor tensor, ReadOnlySpan<int> axes)
    {
        var values = tensor.ToFloats();
        var steps = Steps(tensor.Shape);
        var shape = new long[axes.Length];
        var permuted = new long[axes.Length];
        for (var i = 0; i < axes.Length; i++)
        {
            (shape[i], permuted[i]) = (tensor.Shape[axes[i]], steps[axes[i]]);
        }

        var result = new float[values.Length];
        for (var i = 0; i < result.Length; i++)
        {
            result[i] = values[Offset(i, shape, permuted)];
        }

        return OnnxTensor.Floats(result, shape);
    }

    /// <summary>The error function, by its series or, far out, its continued fraction; to about 1e-15.</summary>
    public static double Erf(double x)
    {
        const int Terms = 80;
        var magnitude = Math.Abs(x);
        if (magnitude > 3)
        {
            var fraction = 0.0;
            for (var k = Terms; k > 0; k--)
            {
                fraction = k / 2.0 / (magnitude + fraction);
            }

            return Math.Sign(x) * (1 - (Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * (magnitude + fraction))));
        }

        var (term, sum) = (x, x);
        for (var k = 1; k < Terms; k++)
        {
            term *= -x * x / k;
            sum += term / ((2 * k) + 1);
        }

        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    public static long Count(ReadOnlySpan<long> shape)
    {
        var count = 1L;
        foreach (var size in shape)
        {
            count *= size;
        }

        return count;
    }

    public static long[] Steps(IReadOnlyList<long> shape)
    {
        var steps = new long[shape.Count];
        var step = 1L;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            steps[i] = step;
            step *= shape[i];
        }

        return steps;
    }

    /// <summary>Steps through a tensor of a shape as it is repeated to another; none along what is repeated.</summary>
    public static long[] RepeatedSteps(IReadOnlyList<long> own, long[] shape)
    {
        var ownSteps = Steps(own);
        var steps = new long[shape.Length];
        for (var i = 1; i <= ownSteps.Length; i++)
        {
            steps[^i] = own[^i] == 1 ? 0 : ownSteps[^i];
        }

        return steps;
    }

    public static long Offset(long index, ReadOnlySpan<long> shape, ReadOnlySpan<long> steps)
    {
        var offset = 0L;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            offset += index % shape[i] * steps[i];
            index /= shape[i];
        }

        return offset;
    }
}
