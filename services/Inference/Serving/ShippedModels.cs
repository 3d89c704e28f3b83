using Microsoft.Extensions.Options;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Takes the models that came with the service into the store: each alias of the shipped catalogue that the store does not have yet,
/// with the version that it names. An alias that is there is left alone, whatever it names. Done before the service listens; a store
/// that is away then is tried again until it answers.
/// </summary>
internal sealed partial class ShippedModels(
    ModelCatalogue catalogue, IOptions<InferenceOptions> options, TimeProvider time, ILogger<ShippedModels> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private bool _done;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            _done = await TryAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The store takes its time, which must not keep the service from listening.
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!_done)
        {
            await Task.Delay(Pause, time, stoppingToken);
            _done = await TryAsync(stoppingToken);
        }
    }

    /// <returns>Whether there is nothing left to do.</returns>
    private async Task<bool> TryAsync(CancellationToken cancellationToken)
    {
        if (options.Value.ShippedModels.Length == 0)
        {
            return true;
        }

        var folder = Path.GetFullPath(options.Value.ShippedModels, AppContext.BaseDirectory);
        try
        {
            await TakeAsync(new ModelCatalogue(new FolderObjectStore(folder, time), time), cancellationToken);
            return true;
        }
        catch (OrganSegException error)
        {
            LogProblem(error.Message);
            return error.Kind is not ErrorKind.Dependency;
        }
    }

    private async Task TakeAsync(ModelCatalogue shipped, CancellationToken cancellationToken)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var alias in catalogue.ListAliasesAsync(cancellationToken))
        {
            known.Add(alias.Alias);
        }

        await foreach (var alias in shipped.ListAliasesAsync(cancellationToken))
        {
            if (!known.Contains(alias.Alias))
            {
                var model = await shipped.ResolveAsync(alias.Alias, cancellationToken);
                await catalogue.TakeAsync(shipped, model, cancellationToken);
                if (await catalogue.AddAliasAsync(alias.Alias, model, cancellationToken))
                {
                    LogTaken(model.Reference, alias.Alias);
                }
            }
        }
    }

    [LoggerMessage(3012, LogLevel.Information, "{Model}, which came with the service, is now {Alias}")]
    private partial void LogTaken(string model, string alias);

    [LoggerMessage(3013, LogLevel.Warning, "The models that came with the service are not in the store: {Reason}")]
    private partial void LogProblem(string reason);
}
