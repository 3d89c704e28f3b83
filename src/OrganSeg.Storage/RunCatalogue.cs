using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace OrganSeg.Storage;

/// <summary>
/// The training runs of a store: container <c>runs</c>. A run's document changes only by conditional writes along
/// Queued → Running → Succeeded, Failed or Cancelled; a failed or cancelled run can be queued again.
/// </summary>
public sealed class RunCatalogue(IObjectStore store, TimeProvider time)
{
    private const string Container = "runs";

    /// <summary>Creates a queued run with an id of its own.</summary>
    public Task<RunDocument> CreateAsync(
        JsonElement specification, string? traceParent, CancellationToken cancellationToken) =>
        CreateAsync(specification, traceParent, members: 0, cancellationToken);

    /// <summary>
    /// Creates a queued run with an id of its own that waits for others. Their ids are in its document from the beginning;
    /// <see cref="AddMemberAsync"/> creates them, now or after a crash.
    /// </summary>
    /// <param name="specification">What to do.</param>
    /// <param name="traceParent">Trace it belongs to.</param>
    /// <param name="members">Number of runs it waits for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<RunDocument> CreateAsync(
        JsonElement specification, string? traceParent, int members, CancellationToken cancellationToken)
    {
        while (true)
        {
            DateTimeOffset now = time.GetUtcNow();
            var run = new RunDocument
            {
                RunId = string.Create(
                    CultureInfo.InvariantCulture,
                    $"{now.UtcDateTime:yyyyMMdd-HHmmss}-{RandomNumberGenerator.GetHexString(4, lowercase: true)}"),
                State = RunState.Queued,
                Specification = specification.Clone(),
                CreatedAt = now,
                UpdatedAt = now,
                QueuedAt = now,
                TraceParent = traceParent,
            };
            run = run with
            {
                Members = [.. Enumerable.Range(1, members).Select(
                    member => string.Create(CultureInfo.InvariantCulture, $"{run.RunId}-{member}"))],
            };
            try
            {
                await store.WriteJsonAsync(
                    Container, DocumentOf(run.RunId), run, WriteCondition.IfAbsent, cancellationToken);
                return run;
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
            {
                // Two runs in one second drew the same number; draw again.
            }
        }
    }

    /// <summary>Creates a queued run that another one waits for, unless it is there already.</summary>
    /// <param name="parent">The run that waits.</param>
    /// <param name="runId">One of its <see cref="RunDocument.Members"/>.</param>
    /// <param name="specification">What to do.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Whether it is new.</returns>
    public async Task<bool> AddMemberAsync(
        RunDocument parent, string runId, JsonElement specification, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(parent);
        Names.Check(runId, "run");
        DateTimeOffset now = time.GetUtcNow();
        var run = new RunDocument
        {
            RunId = runId,
            State = RunState.Queued,
            Specification = specification.Clone(),
            CreatedAt = parent.CreatedAt,
            UpdatedAt = now,
            QueuedAt = now,
            TraceParent = parent.TraceParent,
            Parent = parent.RunId,
        };
        try
        {
            await store.WriteJsonAsync(Container, DocumentOf(runId), run, WriteCondition.IfAbsent, cancellationToken);
            return true;
        }
        catch (OrganSegException e) when (e.Kind == ErrorKind.Exists)
        {
            return false;
        }
    }

    /// <summary>The document of a run, or null when there is none.</summary>
    public async Task<RunDocument?> TryGetAsync(string runId, CancellationToken cancellationToken)
    {
        Names.Check(runId, "run");
        return await FindAsync(runId, cancellationToken);
    }

    /// <summary>The document of a run.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/>.</exception>
    public async Task<RunDocument> GetAsync(string runId, CancellationToken cancellationToken)
    {
        Names.Check(runId, "run");
        return await FindAsync(runId, cancellationToken) ?? throw Missing(runId);
    }

    /// <summary>All runs, newest first, without those whose document is damaged or of a newer version of OrganSeg.</summary>
    public async IAsyncEnumerable<RunDocument> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string[] ids = await store.ListFoldersAsync(Container, "", cancellationToken)
            .Where(Names.IsValid)
            .OrderDescending(StringComparer.Ordinal)
            .ToArrayAsync(cancellationToken);
        foreach (string id in ids)
        {
            if (await FindReadableAsync(id, cancellationToken) is { } run)
            {
                yield return run;
            }
        }
    }

    /// <summary>Changes the document of a run.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="change">
    /// From the document as it is to the one it shall be; called again when somebody else wrote in between. Returning
    /// what it was given writes nothing. The time of the update is set here.
    /// </param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.NotReady"/> when the run cannot go from its state to the new one.
    /// </exception>
    public async Task<RunDocument> UpdateAsync(
        string runId, Func<RunDocument, RunDocument> change, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        Names.Check(runId, "run");
        return await ConditionalUpdate.RunAsync<RunDocument>(
            store, Container, DocumentOf(runId), before => Apply(runId, before, change), cancellationToken);
    }

    /// <summary>
    /// Writes a checkpoint in place of the one of the same name. The old one stays until the run names the new one, so
    /// that a crash at any moment leaves a whole checkpoint; the write that names it changes the run's document too.
    /// </summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">File name.</param>
    /// <param name="content">The checkpoint.</param>
    /// <param name="change">As in <see cref="UpdateAsync"/>; when it throws, the run keeps the checkpoint it has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WriteCheckpointAsync(
        string runId,
        string name,
        ReadOnlyMemory<byte> content,
        Func<RunDocument, RunDocument> change,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(change);
        Names.Check(runId, "run");
        FileNames.Check([name]);
        ModelFile file = ModelFile.Of(content.Span);
        await store.WriteBytesAsync(
            Container, CheckpointOf(runId, name, file), content, WriteCondition.Any, cancellationToken);
        ModelFile? old = null;
        await UpdateAsync(
            runId,
            run =>
            {
                old = run.Checkpoints.GetValueOrDefault(name);
                var checkpoints = new SortedDictionary<string, ModelFile>(
                    run.Checkpoints.ToDictionary(), StringComparer.Ordinal)
                {
                    [name] = file,
                };
                return change(run) with { Checkpoints = checkpoints };
            },
            cancellationToken);
        if (old is not null && old != file)
        {
            await store.DeleteAsync(Container, CheckpointOf(runId, name, old), cancellationToken);
        }
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/> when the run has none of that name, <see cref="ErrorKind.Corrupt"/> when it does
    /// not match its SHA-256.
    /// </exception>
    public async Task<byte[]> ReadCheckpointAsync(
        RunDocument run, string name, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(run);
        for (RunDocument current = run; ;)
        {
            if (!current.Checkpoints.TryGetValue(name, out ModelFile? file))
            {
                throw new OrganSegException(ErrorKind.Missing, $"Run {run.RunId} has no checkpoint {name}.");
            }

            try
            {
                return await FileNames.ReadAsync(
                    store, Container, CheckpointOf(run.RunId, name, file), file, cancellationToken);
            }
            catch (OrganSegException e) when (e.Kind == ErrorKind.Corrupt)
            {
                // It may have been replaced since the caller looked; then the run names another one by now.
                current = await GetAsync(run.RunId, cancellationToken);
                if (current.Checkpoints.GetValueOrDefault(name) == file)
                {
                    throw;
                }
            }
        }
    }

    /// <summary>Writes all metrics of a run so far, one JSON object a line.</summary>
    public async Task WriteMetricsAsync(
        string runId, ReadOnlyMemory<byte> jsonLines, CancellationToken cancellationToken)
    {
        Names.Check(runId, "run");
        await store.WriteBytesAsync(Container, MetricsOf(runId), jsonLines, WriteCondition.Any, cancellationToken);
    }

    /// <summary>Reads the metrics of a run; empty when there are none yet.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/> when there is no such run.</exception>
    public async Task<byte[]> ReadMetricsAsync(string runId, CancellationToken cancellationToken)
    {
        Names.Check(runId, "run");
        byte[]? metrics = await store.TryReadAllAsync(Container, MetricsOf(runId), cancellationToken);
        if (metrics is null && await FindAsync(runId, cancellationToken) is null)
        {
            throw Missing(runId);
        }

        return metrics ?? [];
    }

    /// <summary>Writes a file that shows a run to people, in place of the one of the same name.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="name">Its name in the run's folder, such as <c>figures/learning-curve.png</c>.</param>
    /// <param name="content">The file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task WriteViewAsync(
        string runId, string name, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await store.WriteBytesAsync(Container, ViewOf(runId, name), content, WriteCondition.Any, cancellationToken);
    }

    /// <summary>Reads what <see cref="WriteViewAsync"/> wrote; null when there is none.</summary>
    public Task<byte[]?> FindViewAsync(string runId, string name, CancellationToken cancellationToken) =>
        store.TryReadAllAsync(Container, ViewOf(runId, name), cancellationToken);

    private RunDocument Apply(string runId, RunDocument? before, Func<RunDocument, RunDocument> change)
    {
        if (before is null)
        {
            throw Missing(runId);
        }

        RunDocument after = change(before);
        if (ReferenceEquals(before, after))
        {
            return before;
        }

        if (!MayFollow(before.State, after.State))
        {
            throw new OrganSegException(
                ErrorKind.NotReady, $"Run {runId} is {before.State} and cannot become {after.State}.");
        }

        return after with { RunId = before.RunId, CreatedAt = before.CreatedAt, UpdatedAt = time.GetUtcNow() };
    }

    private static bool MayFollow(RunState before, RunState after) => before == after || before switch
    {
        RunState.Queued => after is RunState.Running or RunState.Failed or RunState.Cancelled,
        RunState.Running => after is RunState.Succeeded or RunState.Failed or RunState.Cancelled,
        RunState.Failed or RunState.Cancelled => after is RunState.Queued,
        _ => false,
    };

    /// <summary>One damaged document must not hide all the other runs; asked for by its id it is still an error.</summary>
    private async Task<RunDocument?> FindReadableAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            return await FindAsync(runId, cancellationToken);
        }
        catch (OrganSegException error) when (error.Kind is ErrorKind.Corrupt or ErrorKind.NotReady)
        {
            return null;
        }
    }

    private async Task<RunDocument?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        byte[]? json = await store.TryReadAllAsync(Container, DocumentOf(runId), cancellationToken);
        return json is null ? null : StoredJson.Deserialize<RunDocument>(json, $"{Container}/{DocumentOf(runId)}");
    }

    private static OrganSegException Missing(string runId) => new(ErrorKind.Missing, $"There is no run {runId}.");

    private static string DocumentOf(string runId) => $"{runId}/run.json";

    private static string MetricsOf(string runId) => $"{runId}/metrics.jsonl";

    private static string ViewOf(string runId, string name)
    {
        Names.Check(runId, "run");
        FileNames.Check([name], "run.json", "metrics.jsonl");
        return $"{runId}/{name}";
    }

    // The content's hash is part of the name, so that writing a checkpoint never touches the one it follows.
    internal static string CheckpointOf(string runId, string name, ModelFile file) =>
        $"{runId}/checkpoints/{file.Sha256[..16]}/{name}";
}
