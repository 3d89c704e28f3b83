using OrganSeg.Trainer.Specifications;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Cuts out and varies the batches of an epoch on a thread of its own, one step ahead of the training. What a step gets is
/// a function of seed and step, so being ahead changes nothing.
/// </summary>
/// <param name="spec">How they are chosen and varied.</param>
/// <param name="slices">What they are cut out of.</param>
/// <param name="pinned">Whether they go to memory that a CUDA device reads by itself, beside what it computes.</param>
internal sealed class BatchFeed(RunSpecification spec, SliceSet slices, bool pinned = false) : IAsyncDisposable
{
    private const ulong AugmentationKey = 2;

    private readonly ComputeThread _thread = new(threads: 1);
    private (long Step, int[] Chosen, int Size, Task<Batch[]> Work)? _next;

    /// <summary>The batches of a step: one, or as many as gradients are accumulated over. They are the caller's.</summary>
    /// <param name="step">Steps done before.</param>
    /// <param name="chosen">Its slices.</param>
    /// <param name="following">The slices of the step after it, prepared meanwhile; null when there is none.</param>
    /// <param name="size">Side to which both are shrunk, pixels; that of the slices leaves them.</param>
    public async Task<Batch[]> TakeAsync(long step, int[] chosen, int[]? following, int size)
    {
        var work = _next is { } ready && ready.Step == step && ready.Size == size && ready.Chosen.AsSpan().SequenceEqual(chosen)
            ? ready.Work
            : Prepare(step, chosen, size);
        if (_next is { } other && other.Work != work)
        {
            Dispose(await other.Work);
        }

        _next = null;
        var batches = await work;
        _next = following is null ? null : (step + 1, following, size, Prepare(step + 1, following, size));
        return batches;
    }

    public async ValueTask DisposeAsync()
    {
        if (_next is { } left)
        {
            Dispose(await left.Work);
        }

        _thread.Dispose();
    }

    private static void Dispose(Batch[] batches)
    {
        foreach (var batch in batches)
        {
            batch.Dispose();
        }
    }

    private Task<Batch[]> Prepare(long step, int[] chosen, int size) => _thread.RunAsync(() =>
    {
        var random = new SeededRandom(spec.Seed, AugmentationKey, (ulong)step);
        return chosen.Chunk(spec.BatchSize).Select(batch => Cut(batch, size, ref random)).ToArray();
    });

    private Batch Cut(int[] chosen, int size, ref SeededRandom random)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = slices.Batch(chosen);
        if (spec.Variation.Any)
        {
            // The next batch of the same step must not get the same draws.
            var own = new SeededRandom(random.Next());
            (images, labels) = Augmentation.Apply(spec.Variation, images, labels, own);
        }

        if (size < slices.Size)
        {
            (images, labels) = Shrunk(images, labels, size);
        }

        if (pinned)
        {
            (images, labels) = (images.pin_memory(), labels.pin_memory());
        }

        return new Batch(chosen, images.DetachFromDisposeScope(), labels.DetachFromDisposeScope());
    }

    /// <summary>Grey values averaged over larger pixels; of labels the one in the middle of each.</summary>
    private static (Tensor Images, Tensor Labels) Shrunk(Tensor images, Tensor labels, int size)
    {
        var side = labels.shape[^1];
        using var middle = tensor(Enumerable.Range(0, size).Select(i => (long)((i + 0.5) * side / size)).ToArray());
        return (
            nn.functional.adaptive_avg_pool2d(images.to(float32), (size, size)),
            labels.index_select(1, middle).index_select(2, middle));
    }
}
