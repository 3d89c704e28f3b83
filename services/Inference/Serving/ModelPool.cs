using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// The loaded versions. Each is loaded once however many ask for it, is kept while a lease holds it, and is given up
/// after it has been idle. A version that cannot be loaded fails its own callers and nobody else.
/// </summary>
internal sealed partial class ModelPool(
    NameCache names,
    ModelVariants variants,
    ModelLoader loader,
    IOptions<InferenceOptions> options,
    InferenceTelemetry telemetry,
    TimeProvider time,
    ILogger<ModelPool> logger) : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, Entry> _entries = [];
    private readonly HashSet<string> _unloaded = new(StringComparer.Ordinal);
    private readonly InferenceOptions _options = options.Value;

    /// <summary>Versions loaded or being loaded.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _entries.Count;
            }
        }
    }

    /// <summary>What is loaded, with how many wait for it.</summary>
    public IReadOnlyList<(ModelDocument Model, string Variant, int Waiting)> Loaded()
    {
        lock (_lock)
        {
            return [.. _entries.Values
                .Select(entry => entry.Loaded)
                .OfType<ModelRunner>()
                .Select(runner => (runner.Document, runner.Variant, runner.Waiting))];
        }
    }

    /// <summary>Resolves a name and leases that version, loading it when needed.</summary>
    /// <exception cref="OrganSegException">The name or the version cannot be served; the message says why.</exception>
    /// <param name="name">Alias, model or <c>model@version</c>.</param>
    /// <param name="variant">float32, int8 or auto; empty means the service's default.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public async Task<ModelLease> AcquireAsync(string name, string variant, CancellationToken cancellationToken)
    {
        var document = await names.ResolveAsync(name, cancellationToken);
        return await AcquireAsync(document, variant, cancellationToken);
    }

    /// <summary>Leases a version, loading it when needed.</summary>
    /// <exception cref="OrganSegException">It cannot be served; the message says why.</exception>
    public Task<ModelLease> AcquireAsync(ModelDocument document, string variant, CancellationToken cancellationToken) =>
        AcquireAsync(document, variant, keep: false, cancellationToken);

    /// <summary>Loads a version and keeps it, however idle, until its model is unloaded.</summary>
    /// <exception cref="OrganSegException">It cannot be served; the message says why.</exception>
    public async Task KeepAsync(ModelDocument document, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _unloaded.Remove(document.Model);
        }

        using var lease = await AcquireAsync(document, "", keep: true, cancellationToken);
    }

    /// <summary>Refuses requests for a model from now on, and lets go of its versions once their runs have ended.</summary>
    public async Task UnloadAsync(string model)
    {
        List<Entry> leaving;
        lock (_lock)
        {
            _unloaded.Add(model);
            var gone = _entries.Where(pair => pair.Key.Model == model).ToList();
            gone.ForEach(pair => _entries.Remove(pair.Key));
            leaving = [.. gone.Select(pair => pair.Value)];
            leaving.ForEach(entry => entry.Retire());
        }

        foreach (var entry in leaving)
        {
            await entry.Unused;
            await DisposeAsync(entry);
        }
    }

    /// <summary>Whether requests for a model are refused until it is loaded again.</summary>
    public bool IsUnloaded(string model)
    {
        lock (_lock)
        {
            return _unloaded.Contains(model);
        }
    }

    /// <summary>Whether a version is loaded, in any form; null asks for any version of any model.</summary>
    public bool IsLoaded(ModelDocument? document)
    {
        lock (_lock)
        {
            return _entries.Any(pair =>
                (document is null || (pair.Key.Model == document.Model && pair.Key.Version == document.Version))
                && pair.Value.Loaded is not null);
        }
    }

    private async Task<ModelLease> AcquireAsync(ModelDocument document, string variant, bool keep, CancellationToken cancellationToken)
    {
        var form = variants.Choose(document, variant);
        var key = new Key(document.Model, document.Version, document.Digest, form);
        Entry? entry;
        lock (_lock)
        {
            if (_unloaded.Contains(document.Model))
            {
                throw new OrganSegException(
                    ErrorKind.Dependency, $"The model {document.Model} was unloaded here; load it again to use it.")
                {
                    IsNameless = true,
                };
            }

            if (!_entries.TryGetValue(key, out entry) || IsDueForAnotherTry(entry))
            {
                _entries[key] = entry = new Entry(() => LoadAsync(document, form)) { LastUsed = time.GetTimestamp() };
            }

            entry.Leases++;
            entry.Kept |= keep;
        }

        try
        {
            var runner = await entry.Runner.Value.WaitAsync(cancellationToken);
            return new ModelLease(runner, () => Release(entry));
        }
        catch
        {
            Release(entry);
            throw;
        }
    }

    /// <summary>Gives up what has been idle for too long, or is too much; see <see cref="ModelRetention"/> for what is spared.</summary>
    public async Task SweepAsync()
    {
        var idle = TimeSpan.FromSeconds(_options.IdleSeconds);
        List<Entry> leaving;
        lock (_lock)
        {
            var retention = new ModelRetention(
                names.Aliases, version => _entries.Any(pair => (pair.Key.Model, pair.Key.Version) == version && pair.Value.Loaded is not null));
            var free = _entries.Where(pair => pair.Value.IsFree)
                .OrderBy(pair => retention.Rank(pair.Key.Model, pair.Key.Version)).ThenBy(pair => pair.Value.LastUsed);
            var excess = _entries.Count - _options.MaxLoadedModels;
            var gone = free.Where((pair, place) => place < excess || (IsIdle(pair.Value) && !retention.Keeps(pair.Key.Model, pair.Key.Version))).ToList();
            gone.ForEach(pair => _entries.Remove(pair.Key));
            leaving = [.. gone.Select(pair => pair.Value)];
        }

        foreach (var entry in leaving)
        {
            await DisposeAsync(entry);
        }

        bool IsIdle(Entry entry) => time.GetElapsedTime(entry.LastUsed) >= idle;
    }

    public async ValueTask DisposeAsync()
    {
        List<Entry> leaving;
        lock (_lock)
        {
            leaving = [.. _entries.Values];
            _entries.Clear();
        }

        foreach (var entry in leaving)
        {
            await DisposeAsync(entry);
        }
    }

    private async Task<ModelRunner> LoadAsync(ModelDocument document, string variant)
    {
        using var activity = telemetry.StartLoad(document);
        var start = time.GetTimestamp();
        try
        {
            var model = await loader.LoadAsync(document, variant);
            activity?.SetTag("organseg.variant", model.Variant);
            telemetry.CountLoad(document, model.Variant, "loaded");
            LogLoaded(document.Model, document.Version, model.Variant, model.Device, loader.Threads, time.GetElapsedTime(start).TotalMilliseconds);
            return new ModelRunner(model, _options, telemetry, time);
        }
        catch (OrganSegException error)
        {
            activity?.Fail(error);
            telemetry.CountLoad(document, variant, error.Kind.ToString());
            LogRefused(document.Model, document.Version, error.Kind, error.Message);
            throw;
        }
    }

    /// <summary>What failed for a reason that stays is remembered for a while; what may pass is tried again.</summary>
    private bool IsDueForAnotherTry(Entry entry)
    {
        if (!entry.IsFaulted)
        {
            return false;
        }

        var lasting = entry.Runner.Value.Exception?.InnerException
            is OrganSegException { Kind: ErrorKind.Corrupt or ErrorKind.Invalid };
        return !lasting || time.GetElapsedTime(entry.LastUsed) >= TimeSpan.FromSeconds(_options.RefusalSeconds);
    }

    private void Release(Entry entry)
    {
        lock (_lock)
        {
            entry.Leases--;
            // The refusal time of a failed version runs from that try, not from the last caller it refused.
            if (!entry.IsFaulted)
            {
                entry.LastUsed = time.GetTimestamp();
            }

            entry.Settle();
        }
    }

    private async Task DisposeAsync(Entry entry)
    {
        if (entry.Loaded is { } runner)
        {
            await runner.DisposeAsync();
            NativeMemory.Trim();
            LogUnloaded(runner.Document.Model, runner.Document.Version);
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "Loaded {Model}@{Version}: {Variant}, {Device}, {Threads} threads, {Milliseconds:F0} ms")]
    private partial void LogLoaded(string model, string version, string variant, string device, int threads, double milliseconds);

    [LoggerMessage(3002, LogLevel.Information, "Unloaded {Model}@{Version}")]
    private partial void LogUnloaded(string model, string version);

    [LoggerMessage(3003, LogLevel.Warning, "{Model}@{Version} cannot be served ({Kind}): {Reason}")]
    private partial void LogRefused(string model, string version, ErrorKind kind, string reason);

    private readonly record struct Key(string Model, string Version, string Digest, string Variant);

    private sealed class Entry
    {
        private readonly TaskCompletionSource _unused = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private bool _retired;

        public Entry(Func<Task<ModelRunner>> load) =>
            Runner = new Lazy<Task<ModelRunner>>(() => Task.Run(async () => Loaded = await load(), CancellationToken.None));

        public Lazy<Task<ModelRunner>> Runner { get; }

        /// <summary>What it has loaded; null until then.</summary>
        public ModelRunner? Loaded { get; private set; }

        public int Leases { get; set; }

        /// <summary>Whether someone has asked to keep it.</summary>
        public bool Kept { get; set; }

        /// <summary>Ends when it is retired and its last lease is given back.</summary>
        public Task Unused => _unused.Task;

        public long LastUsed { get; set; }

        public bool IsFaulted => Runner is { IsValueCreated: true, Value.IsFaulted: true };

        /// <summary>Not in use, and not being loaded for someone who has given up waiting.</summary>
        public bool IsFree => Leases == 0 && !Kept && Runner is { IsValueCreated: true, Value.IsCompleted: true };

        /// <summary>No new lease will come.</summary>
        public void Retire()
        {
            _retired = true;
            Settle();
        }

        public void Settle()
        {
            if (_retired && Leases == 0)
            {
                _unused.TrySetResult();
            }
        }
    }
}
