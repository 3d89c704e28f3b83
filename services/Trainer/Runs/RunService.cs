using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Queueing;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Runs;

/// <summary>What can be asked of a Trainer: start, watch, cancel and resume runs.</summary>
internal sealed class RunService(
    RunCatalogue runs,
    DatasetCatalogue datasets,
    FoldRuns folds,
    LiveRuns live,
    IRunQueue queue,
    IOptions<TrainerOptions> options,
    TimeProvider time) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QueueRetry = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _admission = new(1);

    /// <summary>
    /// Validates a specification and queues a run of it; of a cross-validation, with the runs of its folds. A cross-validation
    /// that was begun and has not succeeded is gone on with, so that no fold is trained twice.
    /// </summary>
    /// <exception cref="OrganSegException">
    /// Invalid: every wrong field. Missing: the dataset. Quota: too many runs are waiting.
    /// </exception>
    public async Task<RunDocument> StartAsync(RunSpecification requested, CancellationToken cancellationToken)
    {
        var spec = Complete(requested, await datasets.GetAsync(requested.Dataset, cancellationToken));
        if (spec.IsCrossValidation && await FindUnfinishedAsync(spec, cancellationToken) is { } begun)
        {
            return RunStateEntry.IsFinal(begun.State) ? await ResumeAsync(begun.RunId, cancellationToken) : begun;
        }

        await _admission.WaitAsync(cancellationToken);
        try
        {
            await CheckQueueAsync(cancellationToken);
            var members = spec.IsCrossValidation ? spec.Folds!.Value : 0;
            var run = await runs.CreateAsync(spec.ToJson(), Activity.Current?.Id, members, cancellationToken);
            await folds.CreateAsync(run, cancellationToken);
            if (members == 0)
            {
                await queue.AnnounceAsync(run.RunId, cancellationToken);
            }

            return run;
        }
        finally
        {
            _admission.Release();
        }
    }

    /// <summary>
    /// Asks a run to stop; one that nobody works on is cancelled at once. With a cross-validation its folds stop too.
    /// </summary>
    /// <exception cref="OrganSegException">Missing; NotReady: the run has ended already.</exception>
    public async Task<RunDocument> CancelAsync(string runId, CancellationToken cancellationToken)
    {
        if (live.Find(runId) is not null)
        {
            // Whatever the store says; and no fold is left to cancel of a cross-validation that is worked on.
            return await CancelOneAsync(runId, cancellationToken);
        }

        var run = await runs.GetAsync(runId, cancellationToken);
        var unfinished = (await folds.ListAsync(run, cancellationToken)).Where(member => !RunStateEntry.IsFinal(member.State)).ToList();

        // First, so that it is not taken up and ended because of a fold that was cancelled.
        if (unfinished.Count == 0 || !RunStateEntry.IsFinal(run.State))
        {
            run = await CancelOneAsync(runId, cancellationToken);
        }

        foreach (var member in unfinished)
        {
            try
            {
                await CancelOneAsync(member.RunId, cancellationToken);
            }
            catch (OrganSegException error) when (error.Kind == ErrorKind.NotReady)
            {
                // It has ended meanwhile.
            }
        }

        return run;
    }

    private async Task<RunDocument> CancelOneAsync(string runId, CancellationToken cancellationToken)
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

    /// <summary>
    /// Queues a cancelled or failed run again; it goes on from its last checkpoint. With a cross-validation those of its folds
    /// go on that have not succeeded.
    /// </summary>
    /// <exception cref="OrganSegException">Missing; NotReady: the run has not stopped or has succeeded; Quota.</exception>
    public async Task<RunDocument> ResumeAsync(string runId, CancellationToken cancellationToken)
    {
        await _admission.WaitAsync(cancellationToken);
        try
        {
            await CheckQueueAsync(cancellationToken);
            foreach (var member in await folds.ListAsync(await runs.GetAsync(runId, cancellationToken), cancellationToken))
            {
                if ((await runs.UpdateAsync(member.RunId, Requeued, cancellationToken)).State == RunState.Queued)
                {
                    await queue.AnnounceAsync(member.RunId, cancellationToken);
                }
            }

            var run = await runs.UpdateAsync(
                runId,
                run => run.State is RunState.Failed or RunState.Cancelled
                    ? Requeued(run)
                    : throw new OrganSegException(
                        ErrorKind.NotReady, $"Run {runId} is {run.State}; only a cancelled or failed run can be resumed.")
                    {
                        IsNameless = true,
                    },
                cancellationToken);
            await queue.AnnounceAsync(runId, cancellationToken);
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
        if (spec.Folds is { } folds)
        {
            if (FoldSplit.Patients(manifest) < folds)
            {
                violations.Add(FoldSplit.TooMany(manifest, folds));
            }
        }
        else if (!manifest.Cases.SelectMany(c => c.Slices).Any(slice => slice.Split == Splits.Train))
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

        violations.AddRange(ComputeDevice.Violations(spec));
        var classes = manifest.LabelSchema.Count;
        if (spec.LossOptions.ClassWeights is { } weights && weights.Count != classes)
        {
            violations.Add(new("settings.classWeights", $"has {weights.Count} weights; {manifest.Reference} has {classes} classes"));
        }

        return violations.Count > 0
            ? throw new OrganSegException(violations)
            : spec with { Dataset = manifest.Reference, DatasetDigest = manifest.Digest, Classes = classes };
    }

    /// <summary>The newest cross-validation of the same specification, unless it has succeeded.</summary>
    private async Task<RunDocument?> FindUnfinishedAsync(RunSpecification spec, CancellationToken cancellationToken)
    {
        await foreach (var run in runs.ListAsync(cancellationToken).Where(run => run.Members.Count > 0))
        {
            if (RunSpecification.FromJson(run.Specification) == spec)
            {
                return run.State == RunState.Succeeded ? null : run;
            }
        }

        return null;
    }

    /// <summary>Waits again, for the one who asked for it: what follows is part of that operation, not of the one long past.</summary>
    private RunDocument Requeued(RunDocument run) => run.State is RunState.Failed or RunState.Cancelled
        ? run with
        {
            State = RunState.Queued,
            QueuedAt = time.GetUtcNow(),
            Error = null,
            CancelRequested = false,
            Owner = null,
            Abandoned = 0,
            TraceParent = Activity.Current?.Id,
        }
        : run;

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
            // The folds of a cross-validation wait with it, as one.
            waiting += run is { State: RunState.Queued, Parent: null } ? 1 : 0;
        }

        if (waiting >= options.Value.QueueLimit)
        {
            throw new OrganSegException(
                ErrorKind.Quota, $"{waiting} runs are waiting already; wait for one to end or cancel one.")
            {
                RetryAfter = QueueRetry,
                IsNameless = true,
            };
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
