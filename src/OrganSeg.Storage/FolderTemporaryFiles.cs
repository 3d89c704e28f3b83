namespace OrganSeg.Storage;

/// <summary>The files of writes under way. A process that was killed leaves its own behind; the next one clears them.</summary>
internal sealed class FolderTemporaryFiles(string folder, TimeProvider time)
{
    private static readonly TimeSpan StaleAge = TimeSpan.FromHours(1);

    private int _cleared;

    public string NextPath() => Path.Combine(folder, Guid.NewGuid().ToString("N"));

    /// <summary>Opens a new temporary file. It is locked while open, by which a clearing knows that it is in use.</summary>
    public FileStream Create(string path) => FolderFiles.Guard(() =>
    {
        Directory.CreateDirectory(folder);
        if (Interlocked.Exchange(ref _cleared, 1) == 0)
        {
            ClearStale();
        }

        return new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous,
            BufferSize = 0,
        });
    });

    private void ClearStale()
    {
        DateTime limit = (time.GetUtcNow() - StaleAge).UtcDateTime;
        foreach (string path in Directory.EnumerateFiles(folder))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(path) < limit)
                {
                    // Opening fails when the file's writer, however slow, is still alive.
                    new FileStream(
                        path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose).Dispose();
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // In use, or another process was faster.
            }
        }
    }
}
