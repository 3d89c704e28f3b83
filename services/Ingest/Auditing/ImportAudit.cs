using OrganSeg.Ingest.Import;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Auditing;

/// <summary>Keeps the log of imports: no import begins that is not written in it.</summary>
internal sealed partial class ImportAudit(ImportLog log, TimeProvider time, ILogger<ImportAudit> logger)
{
    // The end is written although the caller has gone.
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(10);

    /// <summary>Imports, with a record of it before and after.</summary>
    /// <param name="plan">What is to be made.</param>
    /// <param name="caller">Who asks for it.</param>
    /// <param name="import">The import, which advances the progress.</param>
    /// <param name="progress">Of the import.</param>
    /// <param name="cancellationToken">Gives up before it has begun.</param>
    public async Task<DatasetManifest> RunAsync(
        ImportPlan plan,
        ImportCaller caller,
        Func<Task<DatasetManifest>> import,
        ImportProgress progress,
        CancellationToken cancellationToken)
    {
        var record = await log.BeginAsync(RecordOf(plan, caller), cancellationToken);
        try
        {
            var manifest = await import();
            record = record with
            {
                Outcome = ImportOutcome.Sealed,
                Version = manifest.Version,
                Digest = manifest.Digest,
                Slices = manifest.Cases.Sum(one => one.Slices.Count),
                Cases = manifest.Cases.Count,
            };
            return manifest;
        }
        catch (OperationCanceledException)
        {
            record = record with { Outcome = ImportOutcome.Cancelled };
            throw;
        }
        catch (Exception error)
        {
            record = record with
            {
                Outcome = ImportOutcome.Failed,
                Error = (error as OrganSegException)?.Kind,
            };
            throw;
        }
        finally
        {
            await EndAsync(record with { Files = progress.Receive.Done });
        }
    }

    private static ImportRecord RecordOf(ImportPlan plan, ImportCaller caller) => new()
    {
        Dataset = plan.Dataset,
        User = caller.User,
        UserIsAuthenticated = caller.IsAuthenticated,
        Address = caller.Address,
        Servers = [.. plan.DicomWeb.Select(query => query.Server).Distinct(StringComparer.Ordinal)],
        Pseudonyms = plan.Pseudonymous,
        AllowBurnedIn = plan.AllowBurnedIn,
        AllowLeakage = plan.Split.AllowLeakage,
    };

    /// <summary>What was sealed is sealed: that its end could not be written is told, and does not undo it.</summary>
    private async Task EndAsync(ImportRecord record)
    {
        using var patience = new CancellationTokenSource(EndPatience, time);
        try
        {
            await log.EndAsync(record, patience.Token);
        }
        catch (Exception error) when (error is OrganSegException or OperationCanceledException)
        {
            LogNotWritten(record.Id, record.Outcome, error.Message);
        }
    }

    [LoggerMessage(1007, LogLevel.Error, "The log of imports says of {Import} only that it began, not that it was {Outcome}. {Reason}")]
    private partial void LogNotWritten(string import, ImportOutcome outcome, string reason);
}
