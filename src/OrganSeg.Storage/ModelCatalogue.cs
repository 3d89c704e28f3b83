using System.Runtime.CompilerServices;
using System.Text;

namespace OrganSeg.Storage;

/// <summary>
/// The models of a store: container <c>models</c>. Versions never change; aliases move. Everywhere a name given by a user
/// means the alias of that name, else the newest version of the model of that name, else <c>model@version</c>.
/// </summary>
public sealed class ModelCatalogue
{
    private const string Container = "models";
    private const string Document = "model.json";

    private readonly IObjectStore _store;
    private readonly TimeProvider _time;
    private readonly VersionedFolders _versions;
    private readonly ModelAliases _aliases;
    private readonly ModelCards _cards;
    private readonly ModelTransfer _transfer;

    /// <summary>Opens the catalogue of a store.</summary>
    public ModelCatalogue(IObjectStore store, TimeProvider time)
    {
        _store = store;
        _time = time;
        _versions = new VersionedFolders(store, Container, Document);
        _aliases = new ModelAliases(store, Container, time);
        _cards = new ModelCards(store, Container, new DatasetCatalogue(store, time));
        _transfer = new ModelTransfer(store, Container, Document);
    }

    /// <summary>Finds the model version a name means.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/>, naming what there is; <see cref="ErrorKind.Corrupt"/> when its document was
    /// changed.
    /// </exception>
    public async Task<ModelDocument> ResolveAsync(string name, CancellationToken cancellationToken) =>
        (await ResolveWithAliasAsync(name, cancellationToken)).Model;

    /// <summary>The same, with the alias by which the version was found; null when the name is none.</summary>
    public async Task<(ModelDocument Model, ModelAlias? Alias)> ResolveWithAliasAsync(string name, CancellationToken cancellationToken)
    {
        (string model, string? version) = VersionedFolders.Parse(name, "model");
        if (version is null && await _aliases.FindAsync(model, cancellationToken) is { } alias)
        {
            ModelDocument named = await FindAsync(alias.Model, alias.Version, cancellationToken)
                ?? throw new OrganSegException(
                    ErrorKind.Missing,
                    $"The alias {name} names {alias.Model}@{alias.Version}, which is gone; promote another model.")
                {
                    IsNameless = true,
                };
            return (named, alias);
        }

        return (await FindAsync(model, version, cancellationToken) ?? throw await MissingAsync(name, cancellationToken), null);
    }

    /// <summary>All versions of all models: names in ordinal order, of each the newest version first.</summary>
    public async IAsyncEnumerable<ModelDocument> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string name in ReadNamesAsync(cancellationToken))
        {
            await foreach (ModelDocument document in ListVersionsAsync(name, cancellationToken))
            {
                yield return document;
            }
        }
    }

    /// <summary>All versions of one model, the newest first; none when there is no such model.</summary>
    public async IAsyncEnumerable<ModelDocument> ListVersionsAsync(
        string model, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach ((string version, byte[] json) in _versions.ReadVersionsAsync(model, cancellationToken))
        {
            yield return Open(json, model, version);
        }
    }

    /// <summary>All aliases in ordinal order.</summary>
    public IAsyncEnumerable<ModelAlias> ListAliasesAsync(CancellationToken cancellationToken) =>
        _aliases.ListAsync(cancellationToken);

    /// <summary>Publishes a new version of a model. Nobody sees any of it before all of it is there.</summary>
    /// <param name="template">The document; version, time, files and digest are filled in here.</param>
    /// <param name="files">The files by name, such as <c>model.onnx</c>.</param>
    /// <param name="cancellationToken">Gives up; what was written is deleted.</param>
    /// <returns>The document as published.</returns>
    public async Task<ModelDocument> PublishAsync(
        ModelDocument template,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(files);
        CheckName(template.Model, "model");
        FileNames.Check(files.Keys, Document, ModelCards.File, "reserved");
        string version = await _versions.ReserveAsync(template.Model, cancellationToken);
        try
        {
            foreach ((string file, ReadOnlyMemory<byte> content) in files)
            {
                await _store.WriteBytesAsync(
                    Container,
                    VersionedFolders.Folder(template.Model, version) + file,
                    content,
                    WriteCondition.IfAbsent,
                    cancellationToken);
            }

            ModelDocument draft = template with
            {
                Version = version,
                PublishedAt = _time.GetUtcNow(),
                Files = FileNames.Describe(files),
            };
            ModelDocument model = draft with { Digest = SealedJson.DigestOf(draft, ModelDocument.OutsideDigest) };
            await _cards.BeginAsync(model, files, cancellationToken);
            await _store.WriteJsonAsync(
                Container,
                _versions.DocumentOf(model.Model, version),
                model,
                WriteCondition.IfAbsent,
                cancellationToken);
            return model;
        }
        catch
        {
            // Cleaning up must happen above all when the caller has given up, so its token does not count here.
            await _versions.DiscardAsync(template.Model, version, CancellationToken.None);
            throw;
        }
    }

    /// <summary>
    /// Takes a version of another catalogue over as it is, with its number, digest and card. Any number of processes may do it at
    /// once, and again.
    /// </summary>
    /// <param name="source">Where it is.</param>
    /// <param name="model">The version.</param>
    /// <param name="cancellationToken">Gives up; nobody sees what was written, and another call goes on.</param>
    /// <returns>Whether it was not there yet.</returns>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Exists"/>: here that version is another model; <see cref="ErrorKind.Corrupt"/>, naming it, when a file
    /// does not match its SHA-256.
    /// </exception>
    public async Task<bool> TakeAsync(ModelCatalogue source, ModelDocument model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(model);
        CheckName(model.Model, "model");
        string blob = source._versions.DocumentOf(model.Model, model.Version);
        byte[] json = await source._store.ReadAllAsync(Container, blob, null, cancellationToken);
        return await _transfer.TakeAsync(
            Open(json, model.Model, model.Version),
            json,
            new Dictionary<string, byte[]>
            {
                [ModelCards.File] = Encoding.UTF8.GetBytes(await source.ReadCardAsync(model, cancellationToken)),
            },
            file => source.ReadFileAsync(model, file, cancellationToken),
            cancellationToken);
    }

    /// <summary>
    /// Publishes a version of another catalogue here as a new version, with its latest evaluation, but under another name, without some
    /// of its files or with another notice.
    /// </summary>
    /// <param name="source">Where it is.</param>
    /// <param name="model">The version.</param>
    /// <param name="changes">In what the copy differs.</param>
    /// <param name="cancellationToken">Gives up; what was written is deleted.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/>: it has no such file; <see cref="ErrorKind.Invalid"/>: none of the forms in which it can be run
    /// would be left; <see cref="ErrorKind.Corrupt"/>, naming it, when a file does not match its SHA-256.
    /// </exception>
    public async Task<ModelDocument> PublishCopyAsync(
        ModelCatalogue source,
        ModelDocument model,
        ModelCopyChanges changes,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(changes);
        if (changes.LeftOut.FirstOrDefault(file => !model.Files.ContainsKey(file)) is { } unknown)
        {
            throw new OrganSegException(
                ErrorKind.Missing,
                $"{model.Reference} has no file {unknown} to leave out. {KnownNames.Sentence("files", [.. model.Files.Keys])}");
        }

        if (changes.LeftOut.Contains(ModelDocument.OnnxFile)
            && !QuantizedVariant.Names.Select(QuantizedVariant.FileOf).Except(changes.LeftOut).Any(model.Files.ContainsKey))
        {
            throw OrganSegException.Invalid(
                "leave-out", $"would leave nothing of {model.Reference} that can be run: without {ModelDocument.OnnxFile} it needs an int8 form.");
        }

        var files = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        foreach (string file in model.Files.Keys.Except(changes.LeftOut, StringComparer.Ordinal))
        {
            files[file] = await source.ReadFileAsync(model, file, cancellationToken);
        }

        ModelDocument copy = await PublishAsync(
            model with { Model = changes.Name ?? model.Model, Notice = changes.Notice ?? model.Notice }, files, cancellationToken);
        if (await source._cards.FindEvaluationAsync(model, cancellationToken) is { } evaluation)
        {
            await _cards.RecordAsync(copy, evaluation, cancellationToken);
        }

        return copy;
    }

    /// <summary>Creates an alias; one that is there already stays as it is.</summary>
    /// <returns>Whether it was not there yet.</returns>
    public async Task<bool> AddAliasAsync(string alias, ModelDocument model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        CheckName(alias, "alias");
        return await _aliases.AddAsync(alias, model.Model, model.Version, cancellationToken);
    }

    /// <summary>Reads a file of a model.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/> when the model has no such file, <see cref="ErrorKind.Corrupt"/>, naming it, when
    /// it does not match its SHA-256 or is gone.
    /// </exception>
    public async Task<byte[]> ReadFileAsync(ModelDocument model, string file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (!model.Files.TryGetValue(file, out ModelFile? expected))
        {
            throw new OrganSegException(
                ErrorKind.Missing,
                $"{model.Reference} has no file {file}. {KnownNames.Sentence("files", [.. model.Files.Keys])}");
        }

        string blob = VersionedFolders.Folder(model.Model, model.Version) + file;
        return await FileNames.ReadAsync(_store, Container, blob, expected, cancellationToken);
    }

    /// <summary>The card of a model version, GitHub-flavoured Markdown.</summary>
    public Task<string> ReadCardAsync(ModelDocument model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        return _cards.ReadAsync(model, cancellationToken);
    }

    /// <summary>Makes the card of a model version tell of an evaluation, beside the last nine before it.</summary>
    public Task RecordEvaluationAsync(ModelDocument model, ModelEvaluation evaluation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(evaluation);
        return _cards.RecordAsync(model, evaluation, cancellationToken);
    }

    /// <summary>Makes an alias point at what a name means now; it is created when it is new.</summary>
    public async Task<ModelAlias> PromoteAsync(string alias, string model, CancellationToken cancellationToken)
    {
        CheckName(alias, "alias");
        ModelDocument target = await ResolveAsync(model, cancellationToken);
        return await _aliases.MoveAsync(alias, target.Model, target.Version, cancellationToken);
    }

    /// <summary>Makes an alias point at what it pointed at before; doing it twice undoes it.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/> when there is no such alias, <see cref="ErrorKind.NotReady"/> when it never
    /// pointed at anything else.
    /// </exception>
    public Task<ModelAlias> RollBackAsync(string alias, CancellationToken cancellationToken)
    {
        CheckName(alias, "alias");
        return _aliases.RollBackAsync(alias, cancellationToken);
    }

    /// <summary>Gives a version a share of the requests by an alias, or ends that.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="canary">Null ends it.</param>
    /// <param name="cancellationToken">Gives up; nothing is changed then.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/> when there is no such alias;
    /// <see cref="ErrorKind.Invalid"/> when the share is none, or the alias names that version itself.</exception>
    public Task<ModelAlias> SetCanaryAsync(string alias, ModelRollout? canary, CancellationToken cancellationToken) =>
        SetRolloutAsync(alias, canary, before => before with { Canary = canary }, cancellationToken);

    /// <summary>Has a version run beside on a share of the requests by an alias, only to be compared, or ends that.</summary>
    /// <inheritdoc cref="SetCanaryAsync" path="/exception"/>
    public Task<ModelAlias> SetShadowAsync(string alias, ModelRollout? shadow, CancellationToken cancellationToken) =>
        SetRolloutAsync(alias, shadow, before => before with { Shadow = shadow }, cancellationToken);

    private Task<ModelAlias> SetRolloutAsync(
        string alias, ModelRollout? rollout, Func<ModelAlias, ModelAlias> change, CancellationToken cancellationToken)
    {
        CheckName(alias, "alias");
        if (rollout is not null)
        {
            ModelRollout.CheckShare(rollout.Share);
        }

        return _aliases.ChangeAsync(
            alias,
            before => rollout is not null && rollout.Model == before.Model && rollout.Version == before.Version
                ? throw OrganSegException.Invalid("model", $"{rollout.Reference} is what {alias} names already; choose another version.")
                : change(before),
            cancellationToken);
    }

    private static void CheckName(string name, string field)
    {
        Names.Check(name, field);
        if (name == ModelAliases.Folder)
        {
            throw OrganSegException.Invalid(field, $"\"{ModelAliases.Folder}\" is reserved; choose another name.");
        }
    }

    private async Task<ModelDocument?> FindAsync(string name, string? version, CancellationToken cancellationToken)
    {
        if (version is not null)
        {
            byte[]? json = await _store.TryReadAllAsync(Container, _versions.DocumentOf(name, version), cancellationToken);
            return json is null ? null : Open(json, name, version);
        }

        await foreach ((string newest, byte[] json) in _versions.ReadVersionsAsync(name, cancellationToken))
        {
            return Open(json, name, newest);
        }

        return null;
    }

    private IAsyncEnumerable<string> ReadNamesAsync(CancellationToken cancellationToken) =>
        _versions.ReadNamesAsync(cancellationToken).Where(name => name != ModelAliases.Folder);

    private static ModelDocument Open(byte[] json, string name, string version)
    {
        string blob = $"{Container}/{VersionedFolders.Folder(name, version)}{Document}";
        ModelDocument model = SealedJson.Open<ModelDocument>(json, blob, ModelDocument.OutsideDigest);
        return model.Model == name && model.Version == version
            ? model
            : throw new OrganSegException(
                ErrorKind.Corrupt, $"{blob} says that it is {model.Reference}; it was moved or changed.");
    }

    private async Task<OrganSegException> MissingAsync(string reference, CancellationToken cancellationToken)
    {
        var known = new List<string>();
        await foreach (ModelAlias alias in _aliases.ListAsync(cancellationToken))
        {
            known.Add(alias.Alias);
        }

        await foreach (string name in ReadNamesAsync(cancellationToken))
        {
            await foreach ((string version, _) in _versions.ReadVersionsAsync(name, cancellationToken))
            {
                known.Add($"{name}@{version}");
            }
        }

        return new OrganSegException(
            ErrorKind.Missing, $"There is no model {reference}. {KnownNames.Sentence("models and aliases", known)}")
        {
            IsNameless = true,
        };
    }
}
