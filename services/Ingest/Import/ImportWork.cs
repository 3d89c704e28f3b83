using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Import;

/// <summary>What waits for a core.</summary>
/// <param name="Name">What an error about it names.</param>
/// <param name="File">The file that it needs until it is done; null where that lies in the spool.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record ImportWork(string Name, UploadedFile? File, Func<CancellationToken, Task> RunAsync) : IDisposable
{
    public void Dispose() => File?.Dispose();
}
