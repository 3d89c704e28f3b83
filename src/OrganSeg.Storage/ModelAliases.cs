using System.Runtime.CompilerServices;

namespace OrganSeg.Storage;

/// <summary>The aliases of the model catalogue: <c>aliases/{alias}.json</c>, moved by conditional writes.</summary>
internal sealed class ModelAliases(IObjectStore store, string container, TimeProvider time)
{
    public const string Folder = "aliases";

    private const string Extension = ".json";

    public async Task<ModelAlias?> FindAsync(string alias, CancellationToken cancellationToken)
    {
        byte[]? json = await store.TryReadAllAsync(container, BlobOf(alias), cancellationToken);
        return json is null ? null : StoredJson.Deserialize<ModelAlias>(json, $"{container}/{BlobOf(alias)}");
    }

    public async IAsyncEnumerable<ModelAlias> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (StoredObject blob in store.ListAsync(container, Folder + "/", cancellationToken))
        {
            string file = blob.Name[(Folder.Length + 1)..];
            if (file.EndsWith(Extension, StringComparison.Ordinal)
                && await FindAsync(file[..^Extension.Length], cancellationToken) is { } alias)
            {
                yield return alias;
            }
        }
    }

    public async Task<bool> AddAsync(string alias, string model, string version, CancellationToken cancellationToken)
    {
        try
        {
            await store.WriteJsonAsync(
                container,
                BlobOf(alias),
                new ModelAlias { Alias = alias, Model = model, Version = version, MovedAt = time.GetUtcNow() },
                WriteCondition.IfAbsent,
                cancellationToken);
            return true;
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Exists)
        {
            return false;
        }
    }

    public Task<ModelAlias> MoveAsync(
        string alias, string model, string version, CancellationToken cancellationToken) =>
        ConditionalUpdate.RunAsync(
            store,
            container,
            BlobOf(alias),
            (ModelAlias? before) => before is not null && before.Model == model && before.Version == version
                ? before
                : new ModelAlias
                {
                    Alias = alias,
                    Model = model,
                    Version = version,
                    PreviousModel = before?.Model,
                    PreviousVersion = before?.Version,
                    Shadow = Unless(before?.Shadow, model, version),
                    MovedAt = time.GetUtcNow(),
                },
            cancellationToken);

    /// <summary>Changes an alias without moving it.</summary>
    public Task<ModelAlias> ChangeAsync(string alias, Func<ModelAlias, ModelAlias> change, CancellationToken cancellationToken) =>
        ConditionalUpdate.RunAsync(
            store,
            container,
            BlobOf(alias),
            (ModelAlias? before) => change(before ?? throw NoSuch(alias)),
            cancellationToken);

    public Task<ModelAlias> RollBackAsync(string alias, CancellationToken cancellationToken) =>
        ConditionalUpdate.RunAsync(
            store,
            container,
            BlobOf(alias),
            (ModelAlias? before) => before switch
            {
                null => throw NoSuch(alias),
                { PreviousModel: null } or { PreviousVersion: null } => throw new OrganSegException(
                    ErrorKind.NotReady, $"The alias {alias} has no earlier model to go back to; promote one.")
                {
                    IsNameless = true,
                },
                _ => before with
                {
                    Model = before.PreviousModel,
                    Version = before.PreviousVersion,
                    PreviousModel = before.Model,
                    PreviousVersion = before.Version,
                    Canary = null,
                    Shadow = Unless(before.Shadow, before.PreviousModel, before.PreviousVersion),
                    MovedAt = time.GetUtcNow(),
                },
            },
            cancellationToken);

    /// <summary>A version is not compared with itself.</summary>
    private static ModelRollout? Unless(ModelRollout? rollout, string model, string version) =>
        rollout is not null && rollout.Model == model && rollout.Version == version ? null : rollout;

    private static OrganSegException NoSuch(string alias) => new(ErrorKind.Missing, $"There is no alias {alias}.");

    private static string BlobOf(string alias) => $"{Folder}/{alias}{Extension}";
}
