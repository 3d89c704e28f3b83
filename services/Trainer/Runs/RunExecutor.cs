using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.Trainer.Publishing;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Watching;

namespace OrganSeg.Trainer.Runs;

/// <summary>Does one run from where it stands to its end: data, training, export, publication.</summary>
internal sealed partial class RunExecutor(
    RunCatalogue runs,
    DatasetCatalogue datasets,
    ModelPublisher publisher,
    FoldEnsemble ensemble,
    LiveRuns live,
    TrainerTelemetry telemetry,
    IOptions<TrainerOptions> options,
    TimeProvider time,
    ILogger<RunExecutor> logger)
{
    /// <summary>How long a run's end waits for files that only show it.</summary>
    private static readonly TimeSpan ViewPatience = TimeSpan.FromSeconds(30);

    /// <summary>The same in a process that has to stop.</summary>
    private static readonly TimeSpan ShortPatience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan MemoryInterval = TimeSpan.FromMilliseconds(50);

    /// <summary>Works on a run that this process owns; whatever happens is written into the run.</summary>
    /// <param name="run">The run, in state Running.</param>
    /// <param name="stopping">The process stops: the run is left for later, with a checkpoint.</param>
    public async Task ExecuteAsync(RunDocument run, CancellationToken stopping)
    {
        using var activity = telemetry.StartRun(run);
        await using var lease = new RunLease(runs, run, options.Value, time, logger, stopping);
        var journal = await OpenJournalAsync(run);
        var patience = new StorePatience(run.RunId, journal, options.Value, time, logger);
        await using var views = new RunViews(runs, run, journal, time, logger);
        live.Add(run.RunId, journal, lease);
        telemetry.RunBegins();
        try
        {
            LogBegins(run.RunId, run.Step);
            journal.Add(new RunStateEntry(RunState.Running));
            var model = await TrainAndPublishAsync(run, journal, views, lease, patience);
            await EndAsync(run, journal, views, lease, patience, new(RunState.Succeeded, null, model.Model, model.Version), stopping);
        }
        catch (OperationCanceledException) when (lease.End == LeaseEnd.Cancelled)
        {
            await EndAsync(run, journal, views, lease, patience, new(RunState.Cancelled), stopping);
        }
        catch (OperationCanceledException) when (lease.End == LeaseEnd.Stopping)
        {
            await views.DrainAsync(ShortPatience);
            await LeaveAsync(run, lease);
        }
        catch (Exception) when (lease.End == LeaseEnd.Lost)
        {
            LogLost(run.RunId);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Dependency && patience.IsOver)
        {
            // Nothing is wrong with the run: it goes on from its last checkpoint once the store is back.
            activity?.Fail(error);
            await LeaveAsync(run, lease);
        }
        catch (OrganSegException error)
        {
            activity?.Fail(error);
            await EndAsync(run, journal, views, lease, patience, new(RunState.Failed, error.Message), stopping);
        }
        catch (Exception error)
        {
            LogUnexpected(error, run.RunId, activity?.TraceId.ToString());
            activity?.Fail(error);
            var failed = $"Internal error; the Trainer's log tells more under trace id {activity?.TraceId.ToString() ?? "(none)"}.";
            await EndAsync(run, journal, views, lease, patience, new(RunState.Failed, failed), stopping);
        }
        finally
        {
            telemetry.RunLeft();
            live.Remove(run.RunId);
            journal.Complete();
        }
    }

    private async Task<RunJournal> OpenJournalAsync(RunDocument run)
    {
        IReadOnlyList<RunEntry> entries;
        try
        {
            entries = await StoredJournal.ReadAsync(runs, run.RunId, CancellationToken.None);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Corrupt)
        {
            // The journal is a record; weights and moments are whole without it.
            LogJournalLost(run.RunId);
            entries = [];
        }

        return new RunJournal(RunJournal.UpTo(entries, run.Step, run.Epoch), time);
    }

    private async Task<ModelDocument> TrainAndPublishAsync(
        RunDocument run, RunJournal journal, RunViews views, RunLease lease, StorePatience patience)
    {
        var spec = RunSpecification.FromJson(run.Specification);
        if (await patience.RunAsync(() => publisher.FindAsync(run.RunId, spec.Model, lease.Ended), lease.Ended) is { } published)
        {
            return published;
        }

        var manifest = await patience.RunAsync(() => datasets.GetAsync(spec.Dataset, lease.Ended), lease.Ended);
        if (manifest.Digest != spec.DatasetDigest)
        {
            throw new OrganSegException(
                ErrorKind.NotReady, $"Dataset {spec.Dataset} is not the one the run was started with; start a new run.")
            {
                IsNameless = true,
            };
        }

        if (spec.IsCrossValidation)
        {
            return await patience.RunAsync(() => ensemble.PublishAsync(spec, manifest, journal, lease), lease.Ended);
        }

        manifest = FoldSplit.View(manifest, spec);
        using var train = await patience.RunAsync(() => LoadAsync(manifest, Splits.Train, journal, lease), lease.Ended);
        using var validation = await patience.RunAsync(() => LoadAsync(manifest, Splits.Validation, journal, lease), lease.Ended);
        using var compute = new ComputeThread(options.Value.Threads);
        var limit = MemoryForecast.Limit(options.Value.MemoryBytes);
        var forecast = await ForecastAsync(spec, manifest.Size, limit, compute, lease, patience);
        using var memory = new MemoryWatch(MemoryInterval);
        using var session = await compute.RunAsync(() => new TrainingSession(spec));
        await using var writer = new CheckpointWriter(runs, run.RunId, lease, journal, patience, time);
        var checkpoints = new RunCheckpoints(runs, run.RunId, writer, patience);
        var state = await checkpoints.LoadAsync(run, session, compute, lease.Ended);
        views.Pictures = new RunPictures(manifest.LabelSchema, validation.Count > 0 ? validation : train);
        views.PictureEpochs = spec.PictureEpochs;
        var recorder = new RunRecorder(journal, checkpoints, views, telemetry, options.Value);
        var loop = new TrainingLoop(spec, manifest.LabelSchema, train, validation, session, state, recorder, compute, time);
        try
        {
            state = await loop.RunAsync(lease.Ended);
            await patience.RunAsync(
                () => lease.UpdateAsync(
                    run => run with { PeakMemoryBytes = Math.Max(memory.Peak, run.PeakMemoryBytes ?? 0) }, lease.Ended),
                lease.Ended);
            await views.DrawAsync(state, session, compute, isLast: true, lease.Ended);
            await checkpoints.LoadBestAsync(session, compute, lease.Ended);
        }
        catch (OperationCanceledException)
        {
            if (lease.End != LeaseEnd.Lost && !await writer.TryFlushAsync())
            {
                LogCheckpointGivenUp(run.RunId);
            }

            throw;
        }
        catch (ExternalException error) when (MemoryForecast.OutOfMemory(error, spec.BatchSize, forecast, limit) is { } explained)
        {
            throw explained;
        }

        // Compared, exported and scored where it will be served: on the processor.
        using var network = await compute.RunAsync(() => session.Network.CopyTo(TorchSharp.torch.CPU));
        var candidate = new TrainedModel(
            run.RunId, spec, manifest, network, state, validation.Count > 0 ? validation : train).ToCandidate() with
        {
            Quantization = spec.Quantize ? QuantizationData.Of(manifest, train, validation) : null,
        };
        return await patience.RunAsync(
            () => publisher.PublishAsync(
                candidate, compute, stage => journal.Add(new ProgressEntry(stage, 0, 1, "model")), lease.Ended),
            lease.Ended);
    }

    /// <summary>Foresees how much memory the run needs, and notes it; on a CUDA device that is not known.</summary>
    /// <exception cref="OrganSegException">Invalid: more than there is.</exception>
    private async Task<MemoryForecast?> ForecastAsync(
        RunSpecification spec, int size, long limit, ComputeThread compute, RunLease lease, StorePatience patience)
    {
        if (ComputeDevice.Of(spec).type != TorchSharp.DeviceType.CPU)
        {
            return null;
        }

        using var activity = telemetry.Start("train.forecast");
        var forecast = await compute.RunAsync(() => MemoryForecast.Measure(spec, size, limit));
        var bytes = forecast.With(spec.BatchSize);
        activity?.SetTag("organseg.memory.bytes", bytes);
        await patience.RunAsync(
            () => lease.UpdateAsync(run => run with { PredictedMemoryBytes = bytes }, lease.Ended), lease.Ended);
        forecast.Require(spec.BatchSize, limit);
        return forecast;
    }

    private async Task<SliceSet> LoadAsync(DatasetManifest manifest, string split, RunJournal journal, RunLease lease)
    {
        using var activity = telemetry.Start("train.load");
        var slices = await SliceSet.LoadAsync(datasets, manifest, split, options.Value.CacheBytes, lease.Ended);
        activity?.SetTag("organseg.slices", slices.Count);
        journal.Add(new ProgressEntry($"load {split}", slices.Count, slices.Count, "slice"));
        return slices;
    }

    /// <summary>Saves the journal with its ending, then the run's state, and only then tells the watchers.</summary>
    private async Task EndAsync(
        RunDocument run,
        RunJournal journal,
        RunViews views,
        RunLease lease,
        StorePatience patience,
        RunStateEntry ending,
        CancellationToken stopping)
    {
        async Task SaveAsync()
        {
            if (patience.Interrupted.IsCompleted)
            {
                // Without signs of life the run may be another Trainer's by now, and so is its journal.
                await lease.UpdateAsync(run => run, CancellationToken.None);
            }

            var entry = journal.Ending(ending);
            await runs.WriteMetricsAsync(run.RunId, journal.ToJsonLines(entry), CancellationToken.None);
            views.SaveEvents();
            await views.DrainAsync(stopping.IsCancellationRequested ? ShortPatience : ViewPatience);
            await lease.UpdateAsync(
                run => RunOwnership.Ended(run, ending.Value) with
                {
                    Error = ending.Error,
                    Model = ending.Model,
                    ModelVersion = ending.ModelVersion,
                },
                CancellationToken.None);
            journal.End(entry);
        }

        try
        {
            // A process that has to stop tries once.
            await patience.EndAsync(SaveAsync, stopping);
            telemetry.RunEnded(ending.Value);
            LogEnded(run.RunId, ending.Value);
        }
        catch (OrganSegException error)
        {
            // The run stays Running without signs of life, so that it is taken up again and ended then.
            LogCannotEnd(run.RunId, error.Kind);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            LogCannotEnd(run.RunId, ErrorKind.Dependency);
        }
    }

    /// <summary>Running and owned by nobody: the next Trainer to look takes it at once.</summary>
    private async Task LeaveAsync(RunDocument run, RunLease lease)
    {
        try
        {
            await lease.UpdateAsync(run => run with { Owner = null }, CancellationToken.None);
            LogLeft(run.RunId);
        }
        catch (OrganSegException error)
        {
            LogCannotEnd(run.RunId, error.Kind);
        }
    }

    [LoggerMessage(2020, LogLevel.Information, "Run {RunId} begins at step {Step}")]
    private partial void LogBegins(string runId, long step);

    [LoggerMessage(2021, LogLevel.Information, "Run {RunId} ended: {State}")]
    private partial void LogEnded(string runId, RunState state);

    [LoggerMessage(2022, LogLevel.Information, "Run {RunId} is left with a checkpoint, to be continued")]
    private partial void LogLeft(string runId);

    [LoggerMessage(2023, LogLevel.Warning, "Run {RunId} was taken over by another Trainer; stopping work on it")]
    private partial void LogLost(string runId);

    [LoggerMessage(2024, LogLevel.Error, "Run {RunId} failed unexpectedly; trace id {TraceId}")]
    private partial void LogUnexpected(Exception error, string runId, string? traceId);

    [LoggerMessage(2026, LogLevel.Warning, "The metrics of run {RunId} cannot be read; they begin anew")]
    private partial void LogJournalLost(string runId);

    [LoggerMessage(2027, LogLevel.Warning, "The store does not take the last checkpoint of run {RunId}; the one before stays")]
    private partial void LogCheckpointGivenUp(string runId);

    [LoggerMessage(2025, LogLevel.Warning, "The end of run {RunId} cannot be saved: {Kind}")]
    private partial void LogCannotEnd(string runId, ErrorKind kind);
}
