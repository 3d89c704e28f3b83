using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Loads what the names of <see cref="InferenceOptions.Preload"/> mean before anybody asks, and follows them when another
/// process moves them, so that the first request after a promotion does not wait for a load. Of an alias also its canary and
/// its shadow.
/// </summary>
internal sealed partial class ModelPreloader(
    ModelPool pool, NameCache names, IOptions<InferenceOptions> options, TimeProvider time, ILogger<ModelPreloader> logger)
    : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, string> _problems = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        do
        {
            foreach (var name in options.Value.Preload)
            {
                await LoadAsync(name, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LoadAsync(string name, CancellationToken cancellationToken)
    {
        ModelAlias? alias = null;
        await TryAsync(name, async () =>
        {
            ModelDocument document;
            using (QuietWork.Start())
            {
                (document, alias) = await names.ResolveWithAliasAsync(name, cancellationToken);
            }

            await LoadAsync(document, cancellationToken);
        });
        foreach (var rollout in new[] { alias?.Canary, alias?.Shadow }.OfType<ModelRollout>())
        {
            await TryAsync(rollout.Reference, async () =>
            {
                ModelDocument document;
                using (QuietWork.Start())
                {
                    document = await names.ResolveAsync(rollout.Reference, cancellationToken);
                }

                await LoadAsync(document, cancellationToken);
            });
        }
    }

    private async Task LoadAsync(ModelDocument document, CancellationToken cancellationToken)
    {
        if (!pool.IsUnloaded(document.Model))
        {
            using var lease = await pool.AcquireAsync(document, "", cancellationToken);
        }
    }

    private async Task TryAsync(string name, Func<Task> load)
    {
        try
        {
            await load();
            _problems.Remove(name);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Missing)
        {
            // Nothing was promoted yet.
        }
        catch (OrganSegException error)
        {
            // Said once, not every other second.
            if (_problems.GetValueOrDefault(name) != error.Message)
            {
                LogProblem(name, error.Message);
                _problems[name] = error.Message;
            }
        }
    }

    [LoggerMessage(3005, LogLevel.Warning, "{Name} cannot be loaded ahead of requests: {Reason}")]
    private partial void LogProblem(string name, string reason);
}
