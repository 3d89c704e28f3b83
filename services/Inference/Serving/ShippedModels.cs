using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Takes the models that came with the service into the store: each alias of the shipped catalogue that the store does not have yet,
/// with the version that it names. An alias that is there is left alone, whatever it names. Done before the service listens; a store
/// that is away then is tried again until it answers.
/// </summary>
internal sealed partial class ShippedModels(
    ModelCatalogue catalogue,
    InferenceTelemetry telemetry,
    IOptions<InferenceOptions> options,
    TimeProvider time,
    ILogger<ShippedModels> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private bool _done;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            // On a thread of its own: a network drive that hangs does so within the call.
            _done = await Task.Run(() => TryAsync(limit.Token), limit.Token).WaitAsync(limit.Token);
        }
        catch (Exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // The store takes its time, which must not keep the service from listening. Azure tells of a cancelled retry in its own way.
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

        try
        {
            var folder = Path.GetFullPath(options.Value.ShippedModels, AppContext.BaseDirectory);
            return await TakeAsync(new ModelCatalogue(new FolderObjectStore(folder, time), time), cancellationToken);
        }
        catch (OrganSegException error)
        {
            return Tell(error);
        }
    }

    /// <returns>Whether every alias is settled, be it that it cannot be taken.</returns>
    private async Task<bool> TakeAsync(ModelCatalogue shipped, CancellationToken cancellationToken)
    {
        List<string> known;
        using (QuietWork.Start())
        {
            known = await NamesAsync(catalogue, cancellationToken);
        }

        var settled = true;
        foreach (var alias in (await NamesAsync(shipped, cancellationToken)).Except(known))
        {
            try
            {
                var model = await shipped.ResolveAsync(alias, cancellationToken);
                using var activity = telemetry.StartTake(model);
                await catalogue.TakeAsync(shipped, model, cancellationToken);
                if (await catalogue.AddAliasAsync(alias, model, cancellationToken))
                {
                    LogTaken(model.Reference, alias);
                }
            }
            catch (OrganSegException error)
            {
                settled &= Tell(error);
            }
        }

        return settled;
    }

    private static ValueTask<List<string>> NamesAsync(ModelCatalogue models, CancellationToken cancellationToken) =>
        models.ListAliasesAsync(cancellationToken).Select(alias => alias.Alias).ToListAsync(cancellationToken);

    /// <summary>Says what is wrong, once.</summary>
    /// <returns>Whether trying again is of no use.</returns>
    private bool Tell(OrganSegException error)
    {
        if (_told.Add(error.Message))
        {
            LogProblem(error.Message);
        }

        return error.Kind is not ErrorKind.Dependency;
    }

    [LoggerMessage(3012, LogLevel.Information, "{Model}, which came with the service, is now {Alias}")]
    private partial void LogTaken(string model, string alias);

    [LoggerMessage(3013, LogLevel.Warning, "The models that came with the service are not in the store: {Reason}")]
    private partial void LogProblem(string reason);
}
