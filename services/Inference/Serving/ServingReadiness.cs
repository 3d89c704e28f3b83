using Microsoft.Extensions.Options;
using OrganSeg.Inference.OpenInference;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Whether there is a model to serve. However many probes ask, one at a time is looked for, and that there is none is
/// trusted for a moment.
/// </summary>
internal sealed class ServingReadiness(
    ModelRepository repository,
    ModelCatalogue catalogue,
    ModelPool pool,
    ModelVariants variants,
    IOptions<InferenceOptions> options,
    TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly TimeSpan _trust = TimeSpan.FromSeconds(options.Value.ReadinessSeconds);
    private Task<bool>? _search;
    private long? _noneSince;

    /// <summary>Loads a model when none is loaded.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: none can be; and what the catalogue says.</exception>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        if (pool.IsLoaded(null))
        {
            return;
        }

        Task<bool> search;
        lock (_lock)
        {
            var isTrusted = _noneSince is { } since && time.GetElapsedTime(since) < _trust;
            if (_search is null || (_search.IsCompleted && !isTrusted))
            {
                // No probe that gives up may stop a loading that others wait for.
                _search = Task.Run(SearchAsync, CancellationToken.None);
            }

            search = _search;
        }

        Require(await search.WaitAsync(cancellationToken));
    }

    /// <summary>Loads nothing: a model that was not tried yet counts as one that can be loaded.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: there is none; and what the catalogue says.</exception>
    public async Task GlanceAsync(CancellationToken cancellationToken)
    {
        if (pool.IsLoaded(null))
        {
            return;
        }

        await foreach (var document in catalogue.ListAsync(cancellationToken))
        {
            if (!pool.IsUnloaded(document.Model) && variants.Refusal(document, ModelVariants.Float32) is null)
            {
                return;
            }
        }

        Require(false);
    }

    private async Task<bool> SearchAsync()
    {
        var found = await repository.IsAnyReadyAsync(CancellationToken.None);
        lock (_lock)
        {
            _noneSince = found ? null : time.GetTimestamp();
        }

        return found;
    }

    private static void Require(bool ready)
    {
        if (!ready)
        {
            throw new OrganSegException(ErrorKind.NotReady, "No model is loaded and none can be loaded; publish one.") { IsNameless = true };
        }
    }
}
