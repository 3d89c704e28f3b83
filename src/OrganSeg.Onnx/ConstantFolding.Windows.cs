namespace OrganSeg.Onnx;

internal static partial class ConstantFolding
{
    private static float[] Conv(Call call)
    {
        var (image, weight) = (call.Floats(0), call.Floats(1));
        var (inputs, outputs) = (call.InputShape(1)[1], call.Shape[1]);
        var windows = new Windows(call, call.InputShape(1)[2], call.InputShape(1)[3]);
        var perGroup = outputs / call.Integer("group", 1);
        return Filled(call, (n, o, y, x) =>
        {
            var sum = call.Has(2) ? (double)call.Floats(2)[o] : 0;
            for (var c = 0L; c < inputs; c++)
            {
                var (plane, kernel) = (windows.Plane(n, (o / perGroup * inputs) + c), ((o * inputs) + c) * windows.Area);
                windows.Visit(y, x, (place, tap) => sum += (double)image[plane + place] * weight[kernel + tap]);
            }

            return sum;
        });
    }

    /// <summary>Each input pixel adds its kernel to the result: the windows are those of a convolution back to the input.</summary>
    private static float[] ConvTranspose(Call call)
    {
        var (image, weight, shape) = (call.Floats(0), call.Floats(1), call.InputShape(0));
        var (inputs, perGroup) = (shape[1], call.InputShape(1)[1]);
        var inputsPerGroup = inputs / call.Integer("group", 1);
        var windows = new Windows(call, call.InputShape(1)[2], call.InputShape(1)[3], call.Shape);
        var sums = new double[TensorMath.Count(call.Shape)];
        for (var i = 0L; i < image.Length; i++)
        {
            var (x, y) = (i % shape[3], i / shape[3] % shape[2]);
            var (c, n) = (i / shape[3] / shape[2] % inputs, i / shape[3] / shape[2] / inputs);
            for (var o = 0L; o < perGroup; o++)
            {
                var (plane, kernel) = (windows.Plane(n, (c / inputsPerGroup * perGroup) + o), ((c * perGroup) + o) * windows.Area);
                windows.Visit(y, x, (place, tap) => sums[plane + place] += (double)image[i] * weight[kernel + tap]);
            }
        }

        var index = 0;
        return Filled(call, (_, o, _, _) => sums[index++] + (call.Has(2) ? call.Floats(2)[o] : 0));
    }

    private static float[] Pool(Call call, bool greatest)
    {
        var image = call.Floats(0);
        var kernel = call.List("kernel_shape", []);
        var windows = new Windows(call, kernel[0], kernel[1]);
        var countPadding = call.Integer("count_include_pad", 0) != 0;
        return Filled(call, (n, c, y, x) =>
        {
            var (plane, sum, most, count) = (windows.Plane(n, c), 0.0, float.NegativeInfinity, 0L);
            windows.Visit(y, x, (place, _) =>
            {
                var value = image[plane + place];
                (sum, most, count) = (sum + value, MathF.Max(most, value), count + 1);
            });
            return greatest ? most : sum / (countPadding ? windows.Area : count);
        });
    }

    private static float[] Resize(Call call)
    {
        var (image, shape) = (call.Floats(0), call.InputShape(0));
        var nearest = call.Text("mode", "nearest") == "nearest";
        var corners = call.Text("coordinate_transformation_mode", "half_pixel") == "align_corners";
        return Filled(call, (n, c, y, x) =>
        {
            var plane = ((n * shape[1]) + c) * shape[2] * shape[3];
            var ((top, bottom, down), (left, right, across)) = (Between(2, y), Between(3, x));
            double Row(long row) =>
                (image[plane + (row * shape[3]) + left] * (1 - across)) + (image[plane + (row * shape[3]) + right] * across);
            return (Row(top) * (1 - down)) + (Row(bottom) * down);
        });

        (long First, long Second, double Share) Between(int axis, long place)
        {
            var (from, to) = (shape[axis], call.Shape[axis]);
            var step = call.Has(2) ? 1.0 / call.Floats(2)[axis] : (double)from / to;
            var source = nearest ? Math.Floor(place * step)
                : corners ? (to == 1 ? 0 : (double)place * (from - 1) / (to - 1))
                : ((place + 0.5) * step) - 0.5;
            source = Math.Clamp(source, 0, from - 1);
            var first = (long)source;
            return (first, Math.Min(first + 1, from - 1), source - first);
        }
    }

    /// <summary>An image [N, C, H, W] from a function of the place.</summary>
    private static float[] Filled(Call call, Func<long, long, long, long, double> value)
    {
        var shape = call.Shape;
        var result = new float[TensorMath.Count(shape)];
        for (var i = 0L; i < result.Length; i++)
        {
            var (x, row) = (i % shape[3], i / shape[3]);
            var (y, plane) = (row % shape[2], row / shape[2]);
            result[i] = (float)value(plane / shape[1], plane % shape[1], y, x);
        }

        return result;
    }

    /// <summary>The windows that a kernel is laid on.</summary>
    private sealed class Windows(Call call, long height, long width, IReadOnlyList<long>? image = null)
    {
        private readonly IReadOnlyList<long> _image = image ?? call.InputShape(0);
        private readonly long[] _strides = call.List("strides", [1, 1]);
        private readonly long[] _pads = call.List("pads", [0, 0, 0, 0]);
        private readonly long[] _dilations = call.List("dilations", [1, 1]);

        /// <summary>Taps of the kernel.</summary>
        public long Area => height * width;

        /// <summary>Where a plane of the image begins.</summary>
        public long Plane(long n, long channel) => ((n * _image[1]) + channel) * _image[2] * _image[3];

        /// <summary>Calls with the place in the plane and the tap of the kernel wherever the window lies in the image.</summary>
        public void Visit(long y, long x, Action<long, long> visit)
        {
            for (var tap = 0L; tap < Area; tap++)
            {
                var row = (y * _strides[0]) - _pads[0] + (tap / width * _dilations[0]);
                var column = (x * _strides[1]) - _pads[1] + (tap % width * _dilations[1]);
                if (row >= 0 && row < _image[2] && column >= 0 && column < _image[3])
                {
                    visit((row * _image[3]) + column, tap);
                }
            }
        }
    }
}
