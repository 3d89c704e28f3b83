using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Import;

/// <summary>What waits for a core.</summary>
/// <param name="Name">What an error about it names.</param>
/// <param name="Files">The files that it needs until it is done; none where they lie in the spool.</param>
/// <param name="RunAsync">Does it.</param>
internal sealed record ImportWork(string Name, IReadOnlyList<UploadedFile> Files, Func<CancellationToken, Task> RunAsync) : IDisposable
{
    public void Dispose()
    {
        foreach (var file in Files)
        {
            file.Dispose();
        }
    }
}
