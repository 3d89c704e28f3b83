using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using OrganSeg.Imaging;

namespace OrganSeg.Inference.Serving;

/// <summary>Segments slices with the probabilities of each class, of the slice itself or averaged over several views of it.</summary>
/// <param name="runner">The model.</param>
/// <param name="augments">Whether turned and zoomed views take part (test-time augmentation).</param>
internal sealed class SoftSegmenter(ModelRunner runner, bool augments)
{
    private static readonly SliceView[] Plain = [SliceView.Identity];

    // Small turns and zooms, as patients and fields of view differ; mirrored views would show organs that nobody has there.
    private static readonly SliceView[] Views = [SliceView.Identity, new(6, 1), new(-6, 1), new(0, 1.08), new(0, 0.92)];

    public ModelRunner Runner => runner;

    /// <param name="source">Grey, windowed, of any size.</param>
    /// <param name="spacing">Distances of its pixels; null when they are square.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="cancellationToken">Takes the slice out of the queue, or ends its run.</param>
    /// <returns>At the network's size.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Quota"/>: the queue is full.</exception>
    public async Task<Probabilities> SegmentAsync(
        ByteImage source, PixelSpacing? spacing, Caller caller, CancellationToken cancellationToken)
    {
        var slice = runner.Preprocessor.ToNetwork(source, spacing);
        var views = augments ? Views : Plain;
        var (size, classes, pixels) = (slice.Width, runner.Document.LabelSchema.Count, slice.Pixels.Length);
        var batch = new TensorBatch(
            Tensor(slice, views), views.Length, size, size,
            augments ? null : GC.AllocateUninitializedArray<byte>(pixels),
            GC.AllocateUninitializedArray<byte>(sizeof(float) * views.Length * classes * pixels));
        await runner.RunAsync(batch, caller, cancellationToken);
        var logits = MemoryMarshal.Cast<byte, float>(batch.Logits);
        return augments
            ? Average(logits, views, size, classes)
            : Probabilities.Of(logits, new ByteImage(size, size, batch.Labels!));
    }

    /// <summary>float32 [views, 1, S, S].</summary>
    private static byte[] Tensor(ByteImage slice, SliceView[] views)
    {
        var pixels = slice.Pixels.Length;
        var bytes = GC.AllocateUninitializedArray<byte>(sizeof(float) * views.Length * pixels);
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan());
        for (var i = 0; i < views.Length; i++)
        {
            TensorPrimitives.ConvertTruncating<byte, float>(views[i].Show(slice).Pixels, values.Slice(i * pixels, pixels));
        }

        return bytes;
    }

    private static Probabilities Average(ReadOnlySpan<float> logits, SliceView[] views, int size, int classes)
    {
        var (pixels, planes) = (size * size, classes * size * size);
        var (sum, count, probabilities) = (new float[planes], new float[pixels], new float[planes]);
        for (var i = 0; i < views.Length; i++)
        {
            Probabilities.Softmax(logits.Slice(i * planes, planes), pixels, probabilities);
            views[i].AddBack(probabilities, size, sum, count);
        }

        // The slice itself is a view, so that every pixel is shown at least once.
        for (var start = 0; start < planes; start += pixels)
        {
            var plane = sum.AsSpan(start, pixels);
            TensorPrimitives.Divide(plane, count, plane);
        }

        return Probabilities.MostProbable(sum, size);
    }
}
