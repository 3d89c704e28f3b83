using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;

namespace OrganSeg.Trainer;

/// <summary>Spans and instruments of the Trainer. Names and numbers only: no file, case or pixel is in them.</summary>
internal sealed class TrainerTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Trainer";

    private static readonly InstrumentAdvice<double> StepSeconds = new()
    {
        HistogramBucketBoundaries = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    };

    private static readonly InstrumentAdvice<double> EpochSeconds = new()
    {
        HistogramBucketBoundaries = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200],
    };

    private static readonly InstrumentAdvice<double> WaitSeconds = new()
    {
        HistogramBucketBoundaries = [1, 5, 15, 60, 300, 900, 3600, 14_400, 86_400],
    };

    private readonly TimeProvider _time;
    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);
    private readonly long[] _ended = new long[Enum.GetValues<RunState>().Length];
    private readonly Histogram<double> _stepDuration;
    private readonly Histogram<double> _epochDuration;
    private readonly Counter<long> _images;
    private readonly Counter<long> _queueMessages;
    private readonly Histogram<double> _queueAge;
    private readonly Gauge<double> _loss;
    private readonly Gauge<double> _f1;
    private readonly Gauge<double> _learningRate;
    private readonly Gauge<double> _throughput;
    private readonly Gauge<double> _waitShare;
    private readonly Gauge<long> _memory;
    private int _active;
    private long _progress;
    private volatile StoredRuns? _stored;

    public TrainerTelemetry(TimeProvider time)
    {
        _time = time;
        _progress = time.GetTimestamp();
        _stepDuration = _meter.CreateHistogram<double>("organseg.trainer.step.duration", "s", "Time of a training step.", tags: null, StepSeconds);
        _epochDuration = _meter.CreateHistogram<double>("organseg.trainer.epoch.duration", "s", "Time of an epoch, validation included.", tags: null, EpochSeconds);
        _images = _meter.CreateCounter<long>("organseg.trainer.images", "{image}", "Slices trained on.");
        _queueMessages = _meter.CreateCounter<long>("organseg.trainer.queue.messages", "{message}", "Messages of the queue, by what became of them.");
        _queueAge = _meter.CreateHistogram<double>("organseg.trainer.queue.age", "s", "Age of a message when it is taken.", tags: null, WaitSeconds);
        _loss = _meter.CreateGauge<double>("organseg.trainer.loss", "1", "Mean loss of the latest epoch, by split.");
        _f1 = _meter.CreateGauge<double>("organseg.trainer.validation.f1", "1", "Pooled F1 of the latest epoch, by organ.");
        _learningRate = _meter.CreateGauge<double>("organseg.trainer.learning_rate", "1", "Learning rate of the latest step.");
        _throughput = _meter.CreateGauge<double>("organseg.trainer.throughput", "{image}/s", "Slices trained on in a second of the latest step.");
        _waitShare = _meter.CreateGauge<double>("organseg.trainer.wait.share", "1", "Part of the latest epoch that training waited for its batches.");
        _memory = _meter.CreateGauge<long>("organseg.trainer.memory", "By", "Memory of the process at the end of the latest epoch.");

        // Every state from the start, with 0: an increase from nothing would not be seen.
        _meter.CreateObservableCounter(
            "organseg.trainer.runs",
            () => FinalStates.Select(state => ByState(Interlocked.Read(ref _ended[(int)state]), state)),
            "{run}",
            "Runs that ended, by state.");
        _meter.CreateObservableGauge("organseg.trainer.active", () => Volatile.Read(ref _active), "{run}", "Runs that this process works on.");
        _meter.CreateObservableGauge(
            "organseg.trainer.progress.age",
            () => Volatile.Read(ref _active) > 0 ? _time.GetElapsedTime(Volatile.Read(ref _progress)).TotalSeconds : 0,
            "s",
            "Time since the run that this process works on did a step or an epoch, or began with something else; 0 without a run.");
        _meter.CreateObservableGauge(
            "organseg.trainer.runs.stored",
            () => _stored is { } stored ? Enum.GetValues<RunState>().Select(state => ByState<long>(stored.Count(state), state)) : [],
            "{run}",
            "Runs of the store, by state, of all Trainers.");
        _meter.CreateObservableGauge(
            "organseg.trainer.queue.wait",
            () => _stored is { } stored ? [new Measurement<double>(stored.LongestWait(_time.GetUtcNow()).TotalSeconds)] : Array.Empty<Measurement<double>>(),
            "s",
            "Time that the run which waits longest has waited; 0 when none waits.");
    }

    internal Meter Meter => _meter;

    private static RunState[] FinalStates { get; } = [RunState.Succeeded, RunState.Failed, RunState.Cancelled];

    /// <summary>
    /// The span of a run, which continues the trace of the call that started it; and before it that of its wait for a Trainer.
    /// </summary>
    public Activity? StartRun(RunDocument run)
    {
        if (ActivityContext.TryParse(run.TraceParent, null, isRemote: true, out var parent) && run.QueuedAt is { } queued)
        {
            using var wait = _source.StartActivity("train.queue", ActivityKind.Internal, parent, startTime: queued);
            wait?.SetTag("organseg.run.id", run.RunId);
        }

        var activity = _source.StartActivity("train.run", ActivityKind.Consumer, parent);
        activity?.SetTag("organseg.run.id", run.RunId);
        return activity;
    }

    /// <summary>A span below the current one.</summary>
    public Activity? Start(string name)
    {
        Progressed();
        return _source.StartActivity(name);
    }

    /// <summary>This process begins to work on a run.</summary>
    public void RunBegins()
    {
        Progressed();
        Interlocked.Increment(ref _active);
    }

    /// <summary>This process works on a run no more, whatever became of it.</summary>
    public void RunLeft() => Interlocked.Decrement(ref _active);

    /// <summary>What the store holds now.</summary>
    public void Seen(StoredRuns runs) => _stored = runs;

    public void StepDone(Training.StepResult step, double seconds, int images)
    {
        Progressed();
        _learningRate.Record(step.LearningRate);
        _throughput.Record(step.ImagesPerSecond);
        _stepDuration.Record(seconds);
        _images.Add(images);
    }

    public void EpochDone(Training.EpochResult epoch)
    {
        Progressed();
        _epochDuration.Record(epoch.Seconds);
        _waitShare.Record(epoch.WaitShare);
        _memory.Record(epoch.MemoryBytes);
        _loss.Record(epoch.TrainLoss, new KeyValuePair<string, object?>("split", "train"));
        if (epoch.ValidationLoss is { } loss)
        {
            _loss.Record(loss, new KeyValuePair<string, object?>("split", "validation"));
        }

        foreach (var (organ, f1) in epoch.ValidationF1)
        {
            _f1.Record(f1, new KeyValuePair<string, object?>("organ", organ));
        }
    }

    public void RunEnded(RunState state) => Interlocked.Increment(ref _ended[(int)state]);

    /// <param name="outcome">received, done, returned, poisoned, unsent or unreachable.</param>
    public void QueueMessage(string outcome) => _queueMessages.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void QueueAge(TimeSpan age) => _queueAge.Record(Math.Max(age.TotalSeconds, 0));

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }

    private static Measurement<T> ByState<T>(T value, RunState state)
        where T : struct => new(value, new KeyValuePair<string, object?>("state", state.ToString()));

    private void Progressed() => Volatile.Write(ref _progress, _time.GetTimestamp());
}
