namespace OrganSeg.Onnx;

internal static partial class ConstantFolding
{
    private const double DefaultEpsilon = 1e-5;

    private static float[] Mean(Call call, long[] axes)
    {
        var (values, shape) = (call.Floats(0), call.InputShape(0));

        // Along an axis that is reduced, every place is the first of the result.
        long[] kept = [.. shape.Select((size, axis) => axes.Contains(axis) ? 1 : size)];
        var steps = TensorMath.Steps(kept);
        var sums = new double[TensorMath.Count(kept)];
        for (var i = 0; i < values.Length; i++)
        {
            var (rest, offset) = ((long)i, 0L);
            for (var axis = kept.Length - 1; axis >= 0; axis--)
            {
                offset += kept[axis] == 1 ? 0 : rest % shape[axis] * steps[axis];
                rest /= shape[axis];
            }

            sums[offset] += values[i];
        }

        return Array.ConvertAll(sums, sum => (float)(sum * sums.Length / values.Length));
    }

    private static float[] Softmax(Call call)
    {
        var (values, axis) = (call.Floats(0), (int)call.Integer("axis", -1));
        var (size, inner) = (call.Shape[axis], TensorMath.Count(call.Shape.AsSpan(axis + 1)));
        var result = new float[values.Length];
        for (var start = 0L; start < values.Length; start++)
        {
            if (start / inner % size != 0)
            {
                continue;
            }

            var places = Enumerable.Range(0, (int)size).Select(i => start + (i * inner)).ToArray();
            var most = places.Max(place => values[place]);
            var sum = places.Sum(place => Math.Exp((double)values[place] - most));
            Array.ForEach(places, place => result[place] = (float)(Math.Exp((double)values[place] - most) / sum));
        }

        return result;
    }

    private static float[] BatchNorm(Call call)
    {
        var (scale, shift, mean, variance) = (call.Floats(1), call.Floats(2), call.Floats(3), call.Floats(4));
        var epsilon = call.Number("epsilon", DefaultEpsilon);
        var inner = TensorMath.Count(call.Shape.AsSpan(2));
        return [.. call.Floats(0).Select((value, i) =>
        {
            var c = i / inner % scale.Length;
            return (float)(((value - (double)mean[c]) / Math.Sqrt(variance[c] + epsilon) * scale[c]) + shift[c]);
        })];
    }

    /// <summary>Groups of channels; with as many groups as channels, each by itself.</summary>
    private static float[] GroupNorm(Call call, long groups)
    {
        var (scale, shift) = (call.Floats(1), call.Floats(2));
        var inner = TensorMath.Count(call.Shape.AsSpan(2));
        var normal = Normal(call, call.Shape[1] / groups * inner);
        return [.. normal.Select((value, i) => (float)((value * scale[i / inner % scale.Length]) + shift[i / inner % scale.Length]))];
    }

    private static float[] LayerNorm(Call call)
    {
        var (scale, shift) = (call.Floats(1), call.Floats(2));
        return [.. Normal(call, scale.Length).Select((value, i) => (float)((value * scale[i % scale.Length]) + shift[i % scale.Length]))];
    }

    /// <summary>Each run of as many elements with mean 0 and variance 1.</summary>
    private static IEnumerable<double> Normal(Call call, long length)
    {
        var epsilon = call.Number("epsilon", DefaultEpsilon);
        foreach (var run in call.Floats(0).Chunk((int)length))
        {
            var mean = run.Average(value => (double)value);
            var deviation = Math.Sqrt(run.Average(value => (value - mean) * (value - mean)) + epsilon);
            foreach (var value in run)
            {
                yield return (value - mean) / deviation;
            }
        }
    }

    private static float[] MatMul(Call call)
    {
        var (left, right, common) = (call.Floats(0), call.Floats(1), call.InputShape(0)[^1]);
        var (rows, columns) = (call.Shape[^2], call.Shape[^1]);
        var outer = call.Shape[..^2];
        var (leftSteps, rightSteps) = (Steps(0), Steps(1));
        return Products(
            TensorMath.Count(outer), rows, columns, common,
            (matrix, row, i) => left[TensorMath.Offset(matrix, outer, leftSteps) + (row * common) + i],
            (matrix, i, column) => right[TensorMath.Offset(matrix, outer, rightSteps) + (i * columns) + column]);

        // Steps from matrix to matrix; one that is repeated stays where it is.
        long[] Steps(int input)
        {
            var shape = call.InputShape(input);
            return [.. TensorMath.RepeatedSteps(shape, call.Shape).SkipLast(2)];
        }
    }

    /// <summary>x · Wᵀ + b.</summary>
    private static float[] Gemm(Call call)
    {
        var (left, right, common) = (call.Floats(0), call.Floats(1), call.InputShape(0)[1]);
        var columns = call.Shape[1];
        var product = Products(
            1, call.Shape[0], columns, common, (_, row, i) => left[(row * common) + i], (_, i, column) => right[(column * common) + i]);
        return call.Has(2) ? [.. product.Select((value, i) => value + call.Floats(2)[i % columns])] : product;
    }

    private static float[] Products(
        long matrices, long rows, long columns, long common, Func<long, long, long, float> left, Func<long, long, long, float> right)
    {
        var result = new float[matrices * rows * columns];
        for (var place = 0L; place < result.Length; place++)
        {
            var (column, row, matrix) = (place % columns, place / columns % rows, place / columns / rows);
            var sum = 0.0;
            for (var i = 0L; i < common; i++)
            {
                sum += (double)left(matrix, row, i) * right(matrix, i, column);
            }

            result[place] = (float)sum;
        }

        return result;
    }
}
