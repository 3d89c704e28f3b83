using System.Collections.Concurrent;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Finds the version that answers a request: what its name means, or for a share of the requests by an alias its canary. A
/// canary can make no request fail: what it cannot answer, the alias's own version does.
/// </summary>
internal sealed partial class ModelRouter(
    NameCache names, ModelPool pool, ShadowComparer shadows, InferenceTelemetry telemetry, ILogger<ModelRouter> logger)
{
    private readonly RolloutShares _shares = new();
    private readonly ConcurrentDictionary<string, string> _problems = new(StringComparer.Ordinal);

    /// <summary>Decides once for several requests that belong together.</summary>
    /// <exception cref="OrganSegException">The name means nothing.</exception>
    public async Task<RolloutSide> ChooseAsync(string name, CancellationToken cancellationToken)
    {
        var (_, alias) = await names.ResolveWithAliasAsync(name, cancellationToken);
        return alias?.Canary is { } canary && _shares.Takes($"canary of {alias.Alias}", canary.Share) ? RolloutSide.Canary : RolloutSide.Own;
    }

    /// <summary>Runs work on the version that answers.</summary>
    /// <param name="name">Alias, model or <c>model@version</c>.</param>
    /// <param name="variant">float32, int8 or auto; empty means the service's default.</param>
    /// <param name="side">From <see cref="ChooseAsync"/>.</param>
    /// <param name="work">Gets the version, and what its label maps are to be shown to for comparison.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="OrganSegException">The name or the alias's own version cannot be served, or the work's own.</exception>
    public async Task<T> RunAsync<T>(
        string name, string variant, RolloutSide side, Func<ModelLease, ShadowTap, Task<T>> work, CancellationToken cancellationToken)
    {
        var (document, alias) = await names.ResolveWithAliasAsync(name, cancellationToken);
        var tap = new ShadowTap(shadows, _shares, alias);
        if (side == RolloutSide.Canary && alias?.Canary is { } canary)
        {
            try
            {
                using var taken = await pool.AcquireAsync(canary.Reference, variant, cancellationToken);
                return await work(taken, tap);
            }
            catch (OrganSegException error) when (error.Kind is ErrorKind.Corrupt or ErrorKind.Missing or ErrorKind.Dependency)
            {
                // A request that is wrong is as wrong for the other version; this one is the canary's fault.
                telemetry.CountCanaryFailure(document, canary, error.Kind.ToString());
                if (_problems.GetValueOrDefault(canary.Reference) != error.Message)
                {
                    _problems[canary.Reference] = error.Message;
                    LogCanary(canary.Reference, alias.Alias, error.Message);
                }
            }
        }

        using var lease = await pool.AcquireAsync(document.Reference, variant, cancellationToken);
        return await work(lease, tap);
    }

    [LoggerMessage(3012, LogLevel.Warning, "{Canary}, canary of {Alias}, cannot answer; its requests go to the alias's own version. {Reason}")]
    private partial void LogCanary(string canary, string alias, string reason);
}
