using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;
using OrganSeg.Storage;

namespace OrganSeg.Inference.OpenInference;

/// <summary>
/// The catalogue as the Open Inference Protocol sees it. A model is loaded when it is first asked for; one that was
/// unloaded takes no requests until it is loaded again, by this process.
/// </summary>
internal sealed class ModelRepository(ModelCatalogue catalogue, ModelPool pool, ModelVariants variants, NameCache names)
{
    private const string Name = "models";
    private const string Ready = "READY";
    private const string Unavailable = "UNAVAILABLE";

    /// <summary>The version that a name and a version mean; the name may be an alias or <c>model@version</c>.</summary>
    /// <exception cref="OrganSegException">Missing; Invalid, naming the field.</exception>
    public async Task<ModelDocument> FindAsync(string name, string version, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
        {
            throw OrganSegException.Invalid("model_name", "is missing; give an alias, a model or model@version.");
        }

        var document = await names.ResolveAsync(name, cancellationToken);
        if (version.Length == 0 || version == document.Version)
        {
            return document;
        }

        if (!long.TryParse(version, out var number) || number <= 0)
        {
            throw OrganSegException.Invalid("model_version", $"\"{version}\" is no version; give a whole number above 0, or leave it out.");
        }

        return name.Contains('@')
            ? throw new OrganSegException(ErrorKind.Missing, $"{name} is not version {version}; give one of the two.")
            : await names.ResolveAsync($"{document.Model}@{version}", cancellationToken);
    }

    /// <summary>Whether a model takes requests; loads it when it is not loaded yet.</summary>
    public async Task<bool> IsReadyAsync(string name, string version, CancellationToken cancellationToken)
    {
        var document = await FindAsync(name, version, cancellationToken);
        return await CanServeAsync(document, cancellationToken);
    }

    /// <summary>Whether any model is loaded. When none is, that of production is tried, else the one published last.</summary>
    public async Task<bool> IsAnyReadyAsync(CancellationToken cancellationToken)
    {
        if (pool.IsLoaded(null))
        {
            return true;
        }

        ModelDocument? newest = null;
        await foreach (var document in catalogue.ListAsync(cancellationToken))
        {
            newest = !pool.IsUnloaded(document.Model) && (newest is null || document.PublishedAt > newest.PublishedAt) ? document : newest;
        }

        ModelAlias? production = null;
        await foreach (var alias in catalogue.ListAliasesAsync(cancellationToken))
        {
            production = alias.Alias == "production" ? alias : production;
        }

        return (production is not null && await IsReadyAsync(production.Alias, "", cancellationToken))
            || (newest is not null && await CanServeAsync(newest, cancellationToken));
    }

    /// <summary>Versions of the model that a name means, oldest first.</summary>
    public async Task<IReadOnlyList<string>> VersionsAsync(ModelDocument document, CancellationToken cancellationToken)
    {
        var versions = new List<string>();
        await foreach (var version in catalogue.ListVersionsAsync(document.Model, cancellationToken))
        {
            versions.Add(version.Version);
        }

        versions.Reverse();
        return versions;
    }

    /// <summary>Every version, by name and then oldest first.</summary>
    public async Task<RepositoryIndexResponse> IndexAsync(string repository, bool readyOnly, CancellationToken cancellationToken)
    {
        Check(repository);
        var response = new RepositoryIndexResponse();
        var all = new List<ModelDocument>();
        await foreach (var document in catalogue.ListAsync(cancellationToken))
        {
            all.Insert(0, document);
        }

        foreach (var document in all.GroupBy(d => d.Model).OrderBy(g => g.Key, StringComparer.Ordinal).SelectMany(g => g))
        {
            var loaded = pool.IsLoaded(document);
            if (loaded || !readyOnly)
            {
                response.Models.Add(new RepositoryIndexResponse.Types.ModelIndex
                {
                    Name = document.Model,
                    Version = document.Version,
                    State = loaded ? Ready : Unavailable,
                    Reason = loaded ? "" : variants.Refusal(document, ModelVariants.Float32)
                        ?? (pool.IsUnloaded(document.Model) ? "unloaded" : "not loaded yet; the first request loads it"),
                });
            }
        }

        return response;
    }

    /// <summary>Loads what a name means and keeps it.</summary>
    public async Task LoadAsync(
        string repository, string model, IReadOnlyDictionary<string, ModelRepositoryParameter> parameters, CancellationToken cancellationToken)
    {
        Check(repository);
        if (parameters.Keys.FirstOrDefault() is { } parameter)
        {
            throw OrganSegException.Invalid(
                $"parameters[{parameter}]", "is not taken: a version's files and settings never change. Publish a new version instead.");
        }

        names.Clear();
        await pool.KeepAsync(await FindAsync(model, "", cancellationToken), cancellationToken);
    }

    /// <summary>Unloads a model, whichever of its versions are loaded.</summary>
    public async Task UnloadAsync(string repository, string model, CancellationToken cancellationToken)
    {
        Check(repository);
        var document = await FindAsync(model, "", cancellationToken);
        await pool.UnloadAsync(document.Model);
    }

    private static void Check(string repository)
    {
        if (repository is not ("" or Name))
        {
            throw new OrganSegException(ErrorKind.Missing, $"There is no repository {repository}; the only one is {Name}.");
        }
    }

    private async Task<bool> CanServeAsync(ModelDocument document, CancellationToken cancellationToken)
    {
        if (pool.IsUnloaded(document.Model))
        {
            return false;
        }

        try
        {
            using var lease = await pool.AcquireAsync(document.Reference, "", cancellationToken);
            return true;
        }
        catch (OrganSegException error) when (error.Kind != ErrorKind.Cancelled)
        {
            return false;
        }
    }
}
