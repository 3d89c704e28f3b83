using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>The catalogue as operators use it.</summary>
internal sealed partial class ModelAdministration(
    ModelCatalogue catalogue, ModelPool pool, NameCache names, ILogger<ModelAdministration> logger)
{
    /// <summary>Every version, by name and then newest first, and every alias by name.</summary>
    public async Task<(IReadOnlyList<ModelDocument> Models, IReadOnlyList<ModelAlias> Aliases)> ListAsync(
        CancellationToken cancellationToken)
    {
        var documents = new List<ModelDocument>();
        await foreach (var document in catalogue.ListAsync(cancellationToken))
        {
            documents.Add(document);
        }

        return (
            [.. documents.OrderBy(d => d.Model, StringComparer.Ordinal).ThenByDescending(d => VersionNumber(d.Version))],
            await AliasesAsync(cancellationToken));
    }

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/>: no such alias, model or version.</exception>
    public async Task<(ModelDocument Model, IReadOnlyList<ModelAlias> Aliases)> GetAsync(
        string name, CancellationToken cancellationToken) =>
        (await catalogue.ResolveAsync(name, cancellationToken), await AliasesAsync(cancellationToken));

    /// <summary>A version with its card.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/>: no such alias, model or version.</exception>
    public async Task<(ModelDocument Model, string Card)> GetCardAsync(string name, CancellationToken cancellationToken)
    {
        var document = await catalogue.ResolveAsync(name, cancellationToken);
        return (document, await catalogue.ReadCardAsync(document, cancellationToken));
    }

    /// <summary>
    /// Moves an alias once the version is loaded, checked and warm: a version that cannot be served takes no traffic.
    /// </summary>
    public async Task<ModelAlias> PromoteAsync(string alias, string model, CancellationToken cancellationToken)
    {
        using var lease = await pool.AcquireAsync(model, "", cancellationToken);
        var moved = await catalogue.PromoteAsync(
            alias, $"{lease.Document.Model}@{lease.Document.Version}", cancellationToken);
        names.Clear(moved);
        LogMoved(moved.Alias, moved.Model, moved.Version);
        return moved;
    }

    /// <summary>Points an alias at what it named before.</summary>
    public async Task<ModelAlias> RollBackAsync(string alias, CancellationToken cancellationToken)
    {
        var moved = await catalogue.RollBackAsync(alias, cancellationToken);
        names.Clear(moved);
        LogMoved(moved.Alias, moved.Model, moved.Version);
        return moved;
    }

    /// <summary>Lets another version answer a share of the requests by an alias, once it is loaded, checked and warm.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="model">Alias, model or <c>model@version</c>; empty ends it.</param>
    /// <param name="share">Above 0, at most 1; 0 ends it.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<ModelAlias> SetCanaryAsync(string alias, string model, double share, CancellationToken cancellationToken) =>
        SetAsync("canary", alias, model, share, catalogue.SetCanaryAsync, cancellationToken);

    /// <summary>Runs another version beside on a share of the requests by an alias, once it is loaded, checked and warm.</summary>
    /// <inheritdoc cref="SetCanaryAsync" path="/param"/>
    public Task<ModelAlias> SetShadowAsync(string alias, string model, double share, CancellationToken cancellationToken) =>
        SetAsync("shadow", alias, model, share, catalogue.SetShadowAsync, cancellationToken);

    private async Task<ModelAlias> SetAsync(
        string role,
        string alias,
        string model,
        double share,
        Func<string, ModelRollout?, CancellationToken, Task<ModelAlias>> set,
        CancellationToken cancellationToken)
    {
        var ends = model.Length == 0 || share == 0;
        if (!ends)
        {
            // Wrong shares are told before anything is loaded.
            ModelRollout.CheckShare(share);
        }

        using var lease = ends ? null : await pool.AcquireAsync(model, "", cancellationToken);
        var rollout = lease is null ? null : new ModelRollout(lease.Document.Model, lease.Document.Version, share);
        var changed = await set(alias, rollout, cancellationToken);
        names.Clear(changed);
        LogRollout(alias, role, rollout?.Reference ?? "none", rollout?.Share ?? 0);
        return changed;
    }

    private static long VersionNumber(string version) => long.TryParse(version, out var number) ? number : 0;

    private async Task<IReadOnlyList<ModelAlias>> AliasesAsync(CancellationToken cancellationToken)
    {
        var aliases = new List<ModelAlias>();
        await foreach (var alias in catalogue.ListAliasesAsync(cancellationToken))
        {
            aliases.Add(alias);
        }

        return [.. aliases.OrderBy(alias => alias.Alias, StringComparer.Ordinal)];
    }

    [LoggerMessage(3011, LogLevel.Information, "Alias {Alias}: its {Role} is {Model}, share {Share}")]
    private partial void LogRollout(string alias, string role, string model, double share);

    [LoggerMessage(3010, LogLevel.Information, "Alias {Alias} now names {Model}@{Version}")]
    private partial void LogMoved(string alias, string model, string version);
}
