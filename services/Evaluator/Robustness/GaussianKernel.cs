using System.Numerics.Tensors;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>A Gaussian of one dimension, cut off at three standard deviations, with the weights summing to 1.</summary>
internal sealed class GaussianKernel
{
    private readonly float[] _weights;

    /// <param name="deviation">Standard deviation, pixels; above 0.</param>
    public GaussianKernel(double deviation)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(deviation);
        var radius = (int)Math.Ceiling(3 * deviation);
        var weights = Enumerable.Range(-radius, (2 * radius) + 1)
            .Select(x => Math.Exp(-x * x / (2 * deviation * deviation))).ToArray();
        var sum = weights.Sum();
        _weights = [.. weights.Select(weight => (float)(weight / sum))];
    }

    /// <summary>The variance that white noise of variance 1 keeps when it is smoothed along one axis: Σ w².</summary>
    public double NoiseVariance => _weights.Sum(weight => (double)weight * weight);

    /// <summary>Convolves every row; beyond its ends the row goes on mirrored, without repeating its last pixel.</summary>
    /// <param name="source">[height, width].</param>
    /// <param name="target">[height, width]; must not overlap the source.</param>
    /// <param name="width">Pixels in a row.</param>
    public void AlongRows(ReadOnlySpan<float> source, Span<float> target, int width)
    {
        for (var start = 0; start < source.Length; start += width)
        {
            Convolve(source.Slice(start, width), target.Slice(start, width));
        }
    }

    /// <summary>Convolves every column in the same way.</summary>
    /// <param name="source">[height, width].</param>
    /// <param name="target">[height, width]; must not overlap the source.</param>
    /// <param name="width">Pixels in a row.</param>
    public void AlongColumns(ReadOnlySpan<float> source, Span<float> target, int width)
    {
        var height = source.Length / width;
        var radius = _weights.Length / 2;
        for (var y = 0; y < height; y++)
        {
            var to = target.Slice(y * width, width);
            to.Clear();
            for (var k = -radius; k <= radius; k++)
            {
                var from = source.Slice(Mirror(y + k, height) * width, width);
                TensorPrimitives.MultiplyAdd(from, _weights[k + radius], to, to);
            }
        }
    }

    private void Convolve(ReadOnlySpan<float> row, Span<float> target)
    {
        var radius = _weights.Length / 2;
        for (var x = 0; x < row.Length; x++)
        {
            var sum = 0f;
            for (var k = -radius; k <= radius; k++)
            {
                sum += _weights[k + radius] * row[Mirror(x + k, row.Length)];
            }

            target[x] = sum;
        }
    }

    /// <summary>… 2 1 [0 1 2] 1 0 …; a single pixel is its own neighbour.</summary>
    private static int Mirror(int index, int count)
    {
        if ((uint)index < (uint)count)
        {
            return index;
        }

        var period = Math.Max(1, 2 * (count - 1));
        var inside = ((index % period) + period) % period;
        return inside < count ? inside : period - inside;
    }
}
