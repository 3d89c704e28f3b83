using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrganSeg.Storage;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// Everything that happened in a run, in order: kept in memory while the run lives here, saved as <c>metrics.jsonl</c>
/// with each checkpoint, and followed by any number of watchers. Thread-safe.
/// </summary>
internal sealed class RunJournal
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly List<RunEntry> _entries;
    private readonly long _began;
    private readonly double _secondsBefore;
    private TaskCompletionSource _changed = New();
    private bool _complete;

    /// <summary>A journal that goes on after <paramref name="entries"/>, or begins with the run being queued.</summary>
    public RunJournal(IEnumerable<RunEntry> entries, TimeProvider time)
    {
        _time = time;
        _began = time.GetTimestamp();
        _entries = [.. entries];
        _secondsBefore = _entries.Count == 0 ? 0 : _entries[^1].Seconds;
        if (_entries.Count == 0)
        {
            _entries.Add(Queued);
        }
    }

    /// <summary>The first entry of every run.</summary>
    public static RunEntry Queued { get; } = new() { Sequence = 1, Seconds = 0, State = new(RunState.Queued) };

    /// <summary>Reads the lines of <c>metrics.jsonl</c>.</summary>
    /// <exception cref="OrganSegException">Corrupt.</exception>
    public static IReadOnlyList<RunEntry> Parse(ReadOnlySpan<byte> lines)
    {
        var entries = new List<RunEntry>();
        try
        {
            foreach (var line in lines.Split((byte)'\n'))
            {
                if (lines[line] is { IsEmpty: false } json)
                {
                    entries.Add(JsonSerializer.Deserialize<RunEntry>(json, Json)!);
                }
            }
        }
        catch (JsonException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"Line {entries.Count + 1} of the run's metrics.jsonl cannot be read; restore it from a copy.", error);
        }

        return entries;
    }

    /// <summary>
    /// What had happened when a checkpoint was made: entries after its step, and the ending of a run that goes on, are
    /// left out, since they will happen again.
    /// </summary>
    public static IEnumerable<RunEntry> UpTo(IEnumerable<RunEntry> entries, long step, int epoch) => entries.TakeWhile(entry =>
        !(entry.Batch?.Step > step) && !(entry.Epoch?.Epoch > epoch)
        && !(entry.State is { } state && RunStateEntry.IsFinal(state.Value)));

    public void Add(RunStateEntry state) => Add(entry => entry with { State = Placed(state) });

    public void Add(StepResult step) => Add(entry => entry with { Batch = step });

    public void Add(EpochResult epoch) => Add(entry => entry with { Epoch = epoch });

    public void Add(ProgressEntry progress) => Add(entry => entry with { Progress = progress });

    /// <summary>What has happened so far.</summary>
    public IReadOnlyList<RunEntry> ToArray()
    {
        lock (_lock)
        {
            return [.. _entries];
        }
    }

    /// <summary>All of it as lines of JSON.</summary>
    /// <param name="ending">What <see cref="Ending"/> made, to come at the end.</param>
    public byte[] ToJsonLines(RunEntry? ending = null)
    {
        using var lines = new MemoryStream();
        lock (_lock)
        {
            foreach (var entry in ending is null ? _entries : _entries.Append(ending))
            {
                JsonSerializer.Serialize(lines, entry, Json);
                lines.WriteByte((byte)'\n');
            }
        }

        return lines.ToArray();
    }

    /// <summary>The entry of the run's ending, which watchers are to hear of only once it is saved.</summary>
    public RunEntry Ending(RunStateEntry state)
    {
        lock (_lock)
        {
            return Next() with { State = Placed(state) };
        }
    }

    /// <summary>Adds what <see cref="Ending"/> made.</summary>
    public void End(RunEntry ending) => Add(_ => ending);

    /// <summary>Nothing comes any more.</summary>
    public void Complete()
    {
        lock (_lock)
        {
            _complete = true;
            _changed.TrySetResult();
        }
    }

    /// <summary>What happened after the first <paramref name="skip"/> entries, and what happens until completion.</summary>
    public async IAsyncEnumerable<RunEntry> FollowAsync(long skip, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (true)
        {
            Task changed;
            RunEntry[] news;
            bool complete;
            lock (_lock)
            {
                news = [.. _entries.Skip((int)Math.Min(skip, _entries.Count))];
                complete = _complete;
                changed = _changed.Task;
            }

            foreach (var entry in news)
            {
                skip = entry.Sequence;
                yield return entry;
            }

            if (complete)
            {
                yield break;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    private void Add(Func<RunEntry, RunEntry> fill)
    {
        lock (_lock)
        {
            _entries.Add(fill(Next()));
            _changed.TrySetResult();
            _changed = New();
        }
    }

    private RunStateEntry Placed(RunStateEntry state) => state with
    {
        Epoch = _entries.FindLast(entry => entry.Epoch is not null)?.Epoch!.Epoch ?? 0,
        Step = _entries.FindLast(entry => entry.Batch is not null)?.Batch!.Step ?? 0,
    };

    private RunEntry Next() => new()
    {
        Sequence = _entries.Count + 1,
        Seconds = Math.Round(_secondsBefore + _time.GetElapsedTime(_began).TotalSeconds, 3),
    };

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
