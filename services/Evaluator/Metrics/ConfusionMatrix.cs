using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Pixels by class, [reference, prediction].</summary>
internal sealed class ConfusionMatrix(int classes)
{
    private readonly long[] _pixels = new long[classes * classes];

    public int Classes => classes;

    public long this[int reference, int prediction] => _pixels[reference * classes + prediction];

    /// <summary>Counts one pair of label maps of the same size.</summary>
    /// <exception cref="ArgumentException">The sizes differ, or a pixel is no class.</exception>
    public static ConfusionMatrix Of(ByteImage reference, ByteImage prediction, int classes)
    {
        if (reference.Width != prediction.Width || reference.Height != prediction.Height)
        {
            throw new ArgumentException("Label maps must have one size.", nameof(prediction));
        }

        var (left, right) = (reference.Pixels, prediction.Pixels);
        if (HasUnknown(left, classes) || HasUnknown(right, classes))
        {
            throw new ArgumentException("A pixel is outside the label schema.", nameof(prediction));
        }

        var result = new ConfusionMatrix(classes);
        var counts = result._pixels;
        for (var i = 0; i < left.Length; i++)
        {
            counts[left[i] * classes + right[i]]++;
        }

        return result;
    }

    public void Add(ConfusionMatrix other)
    {
        for (var i = 0; i < _pixels.Length; i++)
        {
            _pixels[i] += other._pixels[i];
        }
    }

    /// <summary>Adds counts in the order of <see cref="ToRows"/>.</summary>
    public void Add(ReadOnlySpan<long> counts)
    {
        for (var i = 0; i < _pixels.Length; i++)
        {
            _pixels[i] += counts[i];
        }
    }

    /// <summary>One class against all others.</summary>
    public PixelCounts CountsOf(int classId)
    {
        var (inReference, inPrediction) = (0L, 0L);
        for (var i = 0; i < classes; i++)
        {
            inReference += this[classId, i];
            inPrediction += this[i, classId];
        }

        var hit = this[classId, classId];
        return new PixelCounts(hit, inPrediction - hit, inReference - hit, _pixels.Sum() - inPrediction - inReference + hit);
    }

    /// <summary>As rows of the reference.</summary>
    public long[][] ToRows() =>
        [.. Enumerable.Range(0, classes).Select(r => _pixels.AsSpan(r * classes, classes).ToArray())];

    private static bool HasUnknown(byte[] pixels, int classes) =>
        classes <= byte.MaxValue && pixels.AsSpan().ContainsAnyInRange((byte)classes, byte.MaxValue);
}
