using System.Diagnostics;
using System.Diagnostics.Metrics;
using OrganSeg.Storage;

namespace OrganSeg.Trainer;

/// <summary>Spans and instruments of the Trainer. Names and numbers only: no file, case or pixel is in them.</summary>
internal sealed class TrainerTelemetry : IDisposable
{
    public const string Name = "OrganSeg.Trainer";

    private readonly ActivitySource _source = new(Name);
    private readonly Meter _meter = new(Name);
    private readonly Histogram<double> _stepDuration;
    private readonly Histogram<double> _epochDuration;
    private readonly Counter<long> _images;
    private readonly Counter<long> _runs;
    private readonly Counter<long> _queueMessages;
    private readonly Histogram<double> _queueAge;
    private readonly Gauge<double> _loss;
    private readonly Gauge<double> _f1;
    private readonly Gauge<double> _learningRate;
    private readonly Gauge<double> _throughput;
    private readonly Gauge<double> _waitShare;
    private readonly Gauge<long> _memory;

    public TrainerTelemetry()
    {
        _stepDuration = _meter.CreateHistogram<double>("organseg.trainer.step.duration", "s", "Time of a training step.");
        _epochDuration = _meter.CreateHistogram<double>("organseg.trainer.epoch.duration", "s", "Time of an epoch, validation included.");
        _images = _meter.CreateCounter<long>("organseg.trainer.images", "{image}", "Slices trained on.");
        _runs = _meter.CreateCounter<long>("organseg.trainer.runs", "{run}", "Runs that ended, by state.");
        _queueMessages = _meter.CreateCounter<long>("organseg.trainer.queue.messages", "{message}", "Messages of the queue, by what became of them.");
        _queueAge = _meter.CreateHistogram<double>("organseg.trainer.queue.age", "s", "Age of a message when it is taken.");
        _loss = _meter.CreateGauge<double>("organseg.trainer.loss", "1", "Mean loss of the latest epoch, by split.");
        _f1 = _meter.CreateGauge<double>("organseg.trainer.validation.f1", "1", "Pooled F1 of the latest epoch, by organ.");
        _learningRate = _meter.CreateGauge<double>("organseg.trainer.learning_rate", "1", "Learning rate of the latest step.");
        _throughput = _meter.CreateGauge<double>("organseg.trainer.throughput", "{image}/s", "Slices trained on in a second of the latest step.");
        _waitShare = _meter.CreateGauge<double>("organseg.trainer.wait.share", "1", "Part of the latest epoch that training waited for its batches.");
        _memory = _meter.CreateGauge<long>("organseg.trainer.memory", "By", "Memory of the process at the end of the latest epoch.");
    }

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
    public Activity? Start(string name) => _source.StartActivity(name);

    public void StepDone(Training.StepResult step, double seconds, int images)
    {
        _learningRate.Record(step.LearningRate);
        _throughput.Record(step.ImagesPerSecond);
        _stepDuration.Record(seconds);
        _images.Add(images);
    }

    public void EpochDone(Training.EpochResult epoch)
    {
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

    public void RunEnded(RunState state) =>
        _runs.Add(1, new KeyValuePair<string, object?>("state", state.ToString()));

    /// <param name="outcome">received, done, returned, poisoned, unsent or unreachable.</param>
    public void QueueMessage(string outcome) => _queueMessages.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void QueueAge(TimeSpan age) => _queueAge.Record(Math.Max(age.TotalSeconds, 0));

    public void Dispose()
    {
        _source.Dispose();
        _meter.Dispose();
    }
}
