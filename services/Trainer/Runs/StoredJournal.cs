using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>The journal of a run as it was last saved.</summary>
internal static class StoredJournal
{
    /// <summary>Its entries; of a run that has saved nothing yet, that it was queued.</summary>
    /// <exception cref="OrganSegException">Missing: the run. Corrupt.</exception>
    public static async Task<IReadOnlyList<RunEntry>> ReadAsync(
        RunCatalogue runs, string runId, CancellationToken cancellationToken) =>
        RunJournal.Parse(await runs.ReadMetricsAsync(runId, cancellationToken)) is { Count: > 0 } entries
            ? entries
            : [RunJournal.Queued];
}
