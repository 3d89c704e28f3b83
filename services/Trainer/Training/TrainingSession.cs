using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>A network being trained and its optimiser: one step, one validation. Not thread-safe; owns both.</summary>
internal sealed class TrainingSession : IDisposable
{
    private const ulong AugmentationKey = 2;
    private const ulong DropoutKey = 3;

    // What torchvision's own training gives the loss of the auxiliary head.
    private const double AuxiliaryWeight = 0.5;

    private readonly RunSpecification _spec;

    public TrainingSession(RunSpecification spec)
    {
        _spec = spec;
        Network = SegmentationNetwork.Create(spec.Network, spec.Seed);
        Adam = new Adam(Network.State
            .Where(pair => pair.Value is Parameter)
            .Select(pair => KeyValuePair.Create(pair.Key, (Parameter)pair.Value)));
    }

    public SegmentationNetwork Network { get; }

    public Adam Adam { get; }

    /// <summary>Trains on one batch.</summary>
    /// <param name="slices">The split.</param>
    /// <param name="batch">Which of its slices.</param>
    /// <param name="step">Steps done before this one.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <returns>The mean loss of the batch, before the weights move.</returns>
    /// <exception cref="OrganSegException">Invalid: the loss is not finite any more; the weights have not moved.</exception>
    public double Step(SliceSet slices, ReadOnlySpan<int> batch, long step, double learningRate)
    {
        using var scope = NewDisposeScope();
        Network.Training = true;
        random.manual_seed(unchecked((long)new SeededRandom(_spec.Seed, DropoutKey, (ulong)step).Next()));

        var (images, labels) = slices.Batch(batch);
        if (_spec.Augmentation == AugmentationKind.Mild)
        {
            (images, labels) = Augmentation.Mild(
                images, labels, new SeededRandom(_spec.Seed, AugmentationKey, (ulong)step));
        }

        var outputs = Network.ForwardAll(images);
        var loss = Losses.Of(_spec.Loss, outputs.Logits, labels);
        foreach (var auxiliary in outputs.Auxiliary)
        {
            loss = loss.add(Losses.Of(_spec.Loss, auxiliary, labels).mul(AuxiliaryWeight));
        }

        var value = (double)loss.ToSingle();
        if (!double.IsFinite(value))
        {
            throw Diverged(step, learningRate, value);
        }

        Adam.ClearGradients();
        loss.backward();
        Adam.Step(learningRate);
        return value;
    }

    /// <summary>Loss and pixel counts of a split, with batch norm's running statistics.</summary>
    public (double Loss, Confusion Confusion) Validate(SliceSet slices, CancellationToken cancellationToken)
    {
        using var _ = inference_mode();
        Network.Training = false;
        var confusion = new Confusion(_spec.Classes);
        var sum = 0.0;
        foreach (var batch in Enumerable.Range(0, slices.Count).Chunk(_spec.BatchSize))
        {
            cancellationToken.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var (images, labels) = slices.Batch(batch);
            var logits = Network.Forward(images);
            sum += Losses.Of(_spec.Loss, logits, labels).ToSingle() * batch.Length;
            var pairs = labels.to(int64).mul_(_spec.Classes).add_(logits.argmax(1)).flatten();
            confusion.Add(pairs.bincount(null, minlength: _spec.Classes * _spec.Classes).data<long>().ToArray());
        }

        return (sum / slices.Count, confusion);
    }

    public void Dispose()
    {
        Adam.Dispose();
        Network.Dispose();
    }

    private OrganSegException Diverged(long step, double learningRate, double loss)
    {
        var norm = step == 0 ? "" : $", gradient norm of the step before {Adam.GradientNorm():G3}";
        var broken = Network.State
            .Where(pair => is_floating_point(pair.Value) && !pair.Value.isfinite().all().ToBoolean())
            .Select(pair => pair.Key)
            .ToArray();
        var weights = broken.Length == 0
            ? "all weights are finite"
            : $"{broken.Length} weight tensors are not finite, the first of them {broken[0]}";
        return OrganSegException.Invalid("settings.learningRate",
            $"training diverged: the loss became {loss} at step {step + 1} (learning rate {learningRate:G3}{norm}; {weights}). "
            + "Lower learningRate or lengthen warmUp");
    }
}
