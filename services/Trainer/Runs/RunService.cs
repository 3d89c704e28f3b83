using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Runs;

/// <summary>What can be asked of a Trainer: start, watch, cancel and resume runs.</summary>
internal sealed class RunService(
    RunCatalogue runs, DatasetCatalogue datasets, LiveRuns live, IOptions<TrainerOptions> options, TimeProvider time)
    : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QueueRetry = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _admission = new(1);

    /// <summary>Validates a specification and queues a run of it.</summary>
    /// <exception cref="OrganSegException">
    /// Invalid: every wrong field. Missing: the dataset. Quota: too many runs are waiting.
    /// </exception>
    public async Task<RunDocument> StartAsync(RunSpecification requested, CancellationToken cancellationToken)
    {
        var spec = Complete(requested, await datasets.GetAsync(requested.Dataset, cancellationToken));
        await _admission.WaitAsync(cancellationToken);
        try
        {
            await CheckQueueAsync(cancellationToken);
            var run = await runs.CreateAsync(spec.ToJson(), Activity.Current?.Id, cancellationToken);
            live.Ring();
            return run;
        }
        finally
        {
            _admission.Release();
        }
    }

    /// <summary>Asks a run to stop; one that nobody works on is cancelled at once.</summary>
    /// <exception cref="OrganSegException">Missing; NotReady: the run has ended already.</exception>
    public async Task<RunDocument> CancelAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            var run = await runs.UpdateAsync(runId, Cancelled, cancellationToken);
            live.Cancel(runId);
            return run;
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Dependency && live.Cancel(runId) is { } run)
        {
            // The store is away: the run stops now, and its document says so once the store is back.
            return run with { CancelRequested = true };
        }
    }

    /// <summary>Queues a cancelled or failed run again; it goes on from its last checkpoint.</summary>
    /// <exception cref="OrganSegException">Missing; NotReady: the run has not stopped or has succeeded; Quota.</exception>
    public async Task<RunDocument> ResumeAsync(string runId, CancellationToken cancellationToken)
    {
        await _admission.WaitAsync(cancellationToken);
        try
        {
            await CheckQueueAsync(cancellationToken);
            var run = await runs.UpdateAsync(
                runId,
                run => run.State is RunState.Failed or RunState.Cancelled
                    ? run with { State = RunState.Queued, Error = null, CancelRequested = false, Owner = null }
                    : throw new OrganSegException(
                        ErrorKind.NotReady, $"Run {runId} is {run.State}; only a cancelled or failed run can be resumed."),
                cancellationToken);
            live.Ring();
            return run;
        }
        finally
        {
            _admission.Release();
        }
    }

    public Task<RunDocument> GetAsync(string runId, CancellationToken cancellationToken) =>
        runs.GetAsync(runId, cancellationToken);

    public IAsyncEnumerable<RunDocument> ListAsync(CancellationToken cancellationToken) => runs.ListAsync(cancellationToken);

    /// <summary>
    /// Everything that happened in a run and everything that will until it ends, from memory where the run lives in this
    /// process, else from the store.
    /// </summary>
    /// <exception cref="OrganSegException">Missing.</exception>
    public async IAsyncEnumerable<RunEntry> WatchAsync(
        string runId, long skip, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            // Asked before the journal is read: what a run wrote before it ended is all there then.
            var run = await runs.GetAsync(runId, cancellationToken);
            var over = RunStateEntry.IsFinal(run.State);
            var ended = false;
            var last = 0L;
            await foreach (var entry in EntriesAsync(run, skip, cancellationToken))
            {
                var ending = entry.State is { } state && RunStateEntry.IsFinal(state.Value);
                if (ending && !over && !RunStateEntry.IsFinal((await runs.GetAsync(runId, cancellationToken)).State))
                {
                    // A run's state is saved before its ending is told, so this is the ending of a run that was resumed
                    // since; its next journal will not have it.
                    break;
                }

                last = entry.Sequence;
                ended |= ending;
                if (entry.Sequence > skip)
                {
                    skip = entry.Sequence;
                    yield return entry;
                }
            }

            if (ended)
            {
                yield break;
            }

            if (over)
            {
                // It ended while nobody worked on it, so that nobody wrote its ending down.
                yield return new RunEntry
                {
                    Sequence = Math.Max(last, skip) + 1,
                    Seconds = 0,
                    State = new(run.State, run.Error, run.Model, run.ModelVersion) { Epoch = run.Epoch, Step = run.Step },
                };
                yield break;
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }

    public void Dispose() => _admission.Dispose();

    /// <summary>The specification with what the dataset decides.</summary>
    private static RunSpecification Complete(RunSpecification spec, DatasetManifest manifest)
    {
        var violations = new List<FieldViolation>();
        if (!manifest.Cases.SelectMany(c => c.Slices).Any(slice => slice.Split == Splits.Train))
        {
            violations.Add(new("dataset", $"{manifest.Reference} has no slice in its train split; ingest it with a split that has"));
        }

        if (manifest.Size % SegmentationNetworks.SizeMultiple != 0)
        {
            violations.Add(new("dataset",
                $"{manifest.Reference} has slices of {manifest.Size} pixels; networks need a multiple of {SegmentationNetworks.SizeMultiple}"));
        }

        if (spec.DatasetDigest.Length > 0 && spec.DatasetDigest != manifest.Digest)
        {
            violations.Add(new("datasetDigest", $"is not the digest of {manifest.Reference}, which is {manifest.Digest}"));
        }

        var classes = manifest.LabelSchema.Count;
        if (spec.LossOptions.ClassWeights is { } weights && weights.Count != classes)
        {
            violations.Add(new("settings.classWeights", $"has {weights.Count} weights; {manifest.Reference} has {classes} classes"));
        }

        return violations.Count > 0
            ? throw new OrganSegException(violations)
            : spec with { Dataset = manifest.Reference, DatasetDigest = manifest.Digest, Classes = classes };
    }

    private RunDocument Cancelled(RunDocument run)
    {
        if (RunStateEntry.IsFinal(run.State))
        {
            throw new OrganSegException(ErrorKind.NotReady, $"Run {run.RunId} has ended already: {run.State}.");
        }

        return RunOwnership.IsFree(run, time.GetUtcNow(), options.Value.StaleAfter)
            ? RunOwnership.Ended(run, RunState.Cancelled)
            : run with { CancelRequested = true };
    }

    private async Task CheckQueueAsync(CancellationToken cancellationToken)
    {
        var waiting = 0;
        await foreach (var run in runs.ListAsync(cancellationToken))
        {
            waiting += run.State == RunState.Queued ? 1 : 0;
        }

        if (waiting >= options.Value.QueueLimit)
        {
            throw new OrganSegException(
                ErrorKind.Quota, $"{waiting} runs are waiting already; wait for one to end or cancel one.")
            { RetryAfter = QueueRetry };
        }
    }

    private async IAsyncEnumerable<RunEntry> EntriesAsync(
        RunDocument run, long skip, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (live.Find(run.RunId) is { } journal)
        {
            await foreach (var entry in journal.FollowAsync(skip, cancellationToken))
            {
                yield return entry;
            }

            yield break;
        }

        foreach (var entry in await StoredJournal.ReadAsync(runs, run.RunId, cancellationToken))
        {
            yield return entry;
        }
    }
}
