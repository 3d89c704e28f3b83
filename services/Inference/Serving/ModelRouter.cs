using System.Collections.Concurrent;
using OrganSeg.Storage;

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

    /// <summary>Decides who answers, for one request or for several that belong together.</summary>
    /// <exception cref="OrganSegException">The name means nothing.</exception>
    public async Task<ModelRoute> ChooseAsync(string name, CancellationToken cancellationToken)
    {
        var (document, alias) = await names.ResolveWithAliasAsync(name, cancellationToken);
        var isCanarysTurn = alias?.Canary is { } canary && _shares.Takes($"canary of {alias.Alias}", canary.Share);
        return new ModelRoute(document, alias, isCanarysTurn ? alias!.Canary : null);
    }

    /// <summary>Runs work on the version that answers.</summary>
    /// <param name="route">From <see cref="ChooseAsync"/>.</param>
    /// <param name="variant">float32, int8 or auto; empty means the service's default.</param>
    /// <param name="work">Gets the version, and what its label maps are to be shown to for comparison; is done again where a
    /// canary fails.</param>
    /// <param name="cancellationToken">The caller's.</param>
    /// <exception cref="OrganSegException">The alias's own version cannot be served, or the work's own.</exception>
    public async Task<T> RunAsync<T>(
        ModelRoute route, string variant, Func<ModelLease, ShadowTap, Task<T>> work, CancellationToken cancellationToken)
    {
        var tap = new ShadowTap(shadows, _shares, route.Alias);
        Exception? failure = null;
        var canary = route.Canary;
        if (canary is not null)
        {
            var isLoaded = false;
            try
            {
                using var taken = await pool.AcquireAsync(canary.Reference, variant, cancellationToken);
                isLoaded = true;
                return await work(taken, tap);
            }
            catch (Exception error) when (!cancellationToken.IsCancellationRequested && !IsOfTheRequest(error, isLoaded))
            {
                failure = error;
            }
        }

        using var lease = await pool.AcquireAsync(route.Own, variant, cancellationToken);
        var answer = await work(lease, tap);
        if (failure is not null)
        {
            // Only now: what the alias's own version cannot answer either is no fault of the canary.
            route.LeaveCanary();
            Report(route, canary!, failure);
        }

        return answer;
    }

    /// <summary>A request that is wrong is as wrong for the other version.</summary>
    private static bool IsOfTheRequest(Exception error, bool isLoaded) =>
        isLoaded && error is OrganSegException { Kind: ErrorKind.Invalid };

    private void Report(ModelRoute route, ModelRollout canary, Exception failure)
    {
        // The text of an error that nobody foresaw may hold anything.
        var (kind, reason) = failure is OrganSegException error
            ? (error.Kind.ToString(), error.Message)
            : (failure.GetType().Name, failure.GetType().Name);
        telemetry.CountCanaryFailure(route.Own, canary, kind);
        if (_problems.GetValueOrDefault(canary.Reference) != reason)
        {
            _problems[canary.Reference] = reason;
            LogCanary(canary.Reference, route.Alias!.Alias, reason);
        }
    }

    [LoggerMessage(3012, LogLevel.Warning, "{Canary}, canary of {Alias}, cannot answer; its requests go to the alias's own version. {Reason}")]
    private partial void LogCanary(string canary, string alias, string reason);
}
