using System.Numerics.Tensors;
using OrganSeg.Imaging;

namespace OrganSeg.Inference.Serving;

/// <summary>Class probabilities of one slice at the network's size, [C, S, S], and the labels that go with them.</summary>
internal sealed class Probabilities
{
    private Probabilities(float[] values, ByteImage labels) => (Values, Labels) = (values, labels);

    /// <summary>[C, S, S]; at each pixel the classes add up to 1.</summary>
    public float[] Values { get; }

    /// <summary>[S, S].</summary>
    public ByteImage Labels { get; }

    /// <summary>The softmax of logits, with the labels the model gave itself.</summary>
    public static Probabilities Of(ReadOnlySpan<float> logits, ByteImage labels)
    {
        var values = new float[logits.Length];
        Softmax(logits, labels.Pixels.Length, values);
        return new Probabilities(values, labels);
    }

    /// <summary>The most probable class at each pixel, the lowest id of equals.</summary>
    public static Probabilities MostProbable(float[] values, int size)
    {
        var labels = new ByteImage(size, size);
        var pixels = labels.Pixels;
        var best = values.AsSpan(0, pixels.Length).ToArray();
        for (var (id, start) = (1, pixels.Length); start < values.Length; id++, start += pixels.Length)
        {
            var plane = values.AsSpan(start, pixels.Length);
            for (var i = 0; i < plane.Length; i++)
            {
                if (plane[i] > best[i])
                {
                    best[i] = plane[i];
                    pixels[i] = (byte)id;
                }
            }
        }

        return new Probabilities(values, labels);
    }

    /// <summary>exp(z − max) over its sum, at each pixel.</summary>
    /// <param name="logits">[C, S, S].</param>
    /// <param name="pixels">S · S.</param>
    /// <param name="values">[C, S, S].</param>
    public static void Softmax(ReadOnlySpan<float> logits, int pixels, Span<float> values)
    {
        var highest = logits[..pixels].ToArray();
        for (var start = pixels; start < logits.Length; start += pixels)
        {
            TensorPrimitives.Max(highest, logits.Slice(start, pixels), highest);
        }

        var sum = new float[pixels];
        for (var start = 0; start < logits.Length; start += pixels)
        {
            var plane = values.Slice(start, pixels);
            TensorPrimitives.Subtract(logits.Slice(start, pixels), highest, plane);
            TensorPrimitives.Exp(plane, plane);
            TensorPrimitives.Add(sum, plane, sum);
        }

        for (var start = 0; start < logits.Length; start += pixels)
        {
            var plane = values.Slice(start, pixels);
            TensorPrimitives.Divide(plane, sum, plane);
        }
    }
}
