using OrganSeg.Imaging;
using OrganSeg.Torch;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>A network being trained and its optimiser: one step, one validation. Not thread-safe; owns both.</summary>
internal sealed class TrainingSession : IDisposable
{
    private const ulong DropoutKey = 3;

    // What torchvision's own training gives the loss of the auxiliary head.
    private const double AuxiliaryWeight = 0.5;

    // Cross-entropy begins near ln 5; a thousand times that is no training any more.
    private const double Explosion = 1000;

    private readonly RunSpecification _spec;
    private readonly LossOptions _loss;

    /// <exception cref="OrganSegException">Invalid: this machine has not the device or the precision that is asked for.</exception>
    public TrainingSession(RunSpecification spec)
    {
        _spec = spec;
        _loss = spec.LossOptions;
        Network = SegmentationNetwork.Create(spec.Network, spec.Seed, ComputeDevice.Of(spec));
        Optimizer = GradientOptimizer.Create(spec, Network.State
            .Where(pair => pair.Value is Parameter)
            .Select(pair => KeyValuePair.Create(pair.Key, (Parameter)pair.Value)));
        Average = spec.WeightAveraging > 0 ? new WeightAverage(Network.State, spec.WeightAveraging) : null;
    }

    public SegmentationNetwork Network { get; }

    public GradientOptimizer Optimizer { get; }

    /// <summary>The moving average of the weights; null where the run has none.</summary>
    public WeightAverage? Average { get; }

    /// <summary>What is validated and published: the averages where there are any.</summary>
    public IReadOnlyDictionary<string, Tensor> Published => Average is null
        ? Network.State
        : Network.State.ToDictionary(
            pair => pair.Key, pair => Average.State.GetValueOrDefault(pair.Key, pair.Value), StringComparer.Ordinal);

    /// <summary>Trains on the batches of one step.</summary>
    /// <param name="batches">They stay the caller's.</param>
    /// <param name="step">Steps done before this one.</param>
    /// <param name="learningRate">The learning rate.</param>
    /// <exception cref="DivergedException">Nothing has moved.</exception>
    public StepOutcome Step(IReadOnlyList<Batch> batches, long step, double learningRate)
    {
        using var scope = NewDisposeScope();
        Network.Training = true;
        Optimizer.ClearGradients();
        var value = Accumulate(batches, new SeededRandom(_spec.Seed, DropoutKey, (ulong)step).Next());
        var norm = Optimizer.GradientNorm();
        if (!(value < Explosion) || !double.IsFinite(norm))
        {
            throw new DivergedException(Diagnosis(batches, step, learningRate, value, norm));
        }

        if (_spec.GradientClip is { } longest && norm > longest)
        {
            Optimizer.ScaleGradients(longest / norm);
        }

        Optimizer.Step(learningRate);
        Average?.Update(step + 1);
        return new StepOutcome(value, norm);
    }

    /// <summary>
    /// Loss and pixel counts of a split, with batch norm's running statistics, in float32 as the published model computes.
    /// </summary>
    public (double Loss, Confusion Confusion) Validate(SliceSet slices, CancellationToken cancellationToken)
    {
        using var _ = inference_mode();
        using var arithmetic = new StepArithmetic(Network, Precision.Float32);
        Network.Training = false;
        Average?.Swap();
        try
        {
            var confusion = new Confusion(_spec.Classes);
            var sum = 0.0;
            foreach (var batch in Enumerable.Range(0, slices.Count).Chunk(_spec.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                var (images, labels) = slices.Batch(batch);
                labels = labels.to(Network.Device);
                var logits = Network.Forward(images);
                sum += Losses.Of(_loss, logits, labels).AsSingle() * batch.Length;
                Count(confusion, labels, logits.argmax(1));
            }

            return (sum / slices.Count, confusion);
        }
        finally
        {
            Average?.Swap();
        }
    }

    /// <summary>Label maps of a few slices, by the weights that are published.</summary>
    public IReadOnlyList<ByteImage> Predict(SliceSet slices, ReadOnlySpan<int> chosen)
    {
        using var _ = inference_mode();
        using var arithmetic = new StepArithmetic(Network, Precision.Float32);
        using var scope = NewDisposeScope();
        Network.Training = false;
        Average?.Swap();
        try
        {
            var labels = Network.Forward(slices.Batch(chosen).Images).argmax(1).to(uint8).cpu().contiguous();
            var (height, width) = ((int)labels.shape[1], (int)labels.shape[2]);
            return [.. labels.bytes.ToArray().Chunk(height * width).Select(pixels => new ByteImage(width, height, pixels))];
        }
        finally
        {
            Average?.Swap();
        }
    }

    public void Dispose()
    {
        Average?.Dispose();
        Optimizer.Dispose();
        Network.Dispose();
    }

    /// <summary>Forward and backward pass of every batch, in the run's precision.</summary>
    /// <returns>Their mean loss.</returns>
    private double Accumulate(IReadOnlyList<Batch> batches, ulong seed)
    {
        using var arithmetic = new StepArithmetic(Network, _spec.Precision);
        if (Network.Device.type == DeviceType.CUDA)
        {
            // TorchSharp makes generators of the processor only. That of the device is this run's alone: a process does
            // one run at a time, and nothing else draws there.
            cuda.manual_seed_all(unchecked((long)seed));
            return batches.Sum(batch => Accumulate(batch, 1.0 / batches.Count));
        }

        using var generator = new Generator(seed, CPU);
        Network.Generator = generator;
        try
        {
            return batches.Sum(batch => Accumulate(batch, 1.0 / batches.Count));
        }
        finally
        {
            Network.Generator = null;
        }
    }

    private double Accumulate(Batch batch, double share)
    {
        using var scope = NewDisposeScope();
        var labels = batch.Labels.to(Network.Device, non_blocking: true);
        var outputs = Network.ForwardAll(batch.Images);
        var loss = Losses.Of(_loss, outputs.Logits, labels);
        foreach (var auxiliary in outputs.Auxiliary)
        {
            loss = loss.Plus(Losses.Of(_loss, auxiliary, labels).Times(AuxiliaryWeight));
        }

        loss = loss.Times(share);
        loss.backward();
        return loss.AsSingle();
    }

    private void Count(Confusion confusion, Tensor labels, Tensor predicted)
    {
        var pairs = labels.to(int64).TimesInPlace((long)_spec.Classes).PlusInPlace(predicted).flatten();
        if (_spec.IgnoreLabel is { } ignored)
        {
            pairs = pairs.masked_select(labels.flatten().IsNot(ignored));
        }

        confusion.Add(pairs.bincount(null, minlength: _spec.Classes * _spec.Classes).cpu().data<long>().ToArray());
    }

    private string Diagnosis(IReadOnlyList<Batch> batches, long step, double learningRate, double loss, double norm)
    {
        var broken = Network.State
            .Where(pair => is_floating_point(pair.Value) && !pair.Value.isfinite().all().AsBoolean())
            .Select(pair => pair.Key)
            .ToArray();
        var weights = broken.Length == 0
            ? "all weights are finite"
            : $"{broken.Length} weight tensors are not finite, the first of them {broken[0]}";
        return FormattableString.Invariant(
            $"training diverged at step {step + 1}: loss {loss:G4}, gradient norm {norm:G4}, learning rate {learningRate:G3}; {weights}; ")
            + $"the batch was training slices {string.Join(", ", batches.SelectMany(batch => batch.Slices))}";
    }
}
