using Microsoft.Extensions.Options;

namespace OrganSeg.Ingest.Spooling;

/// <summary>
/// The folder of the spool files. An open spool is locked by its process and deleted when closed; a killed process
/// leaves its files behind unlocked, and the next start removes them.
/// </summary>
internal sealed partial class SpoolFolder(IOptions<IngestOptions> options, ILogger<SpoolFolder> logger) : IHostedService
{
    private const string Extension = ".spool";
    private readonly string _path = Path.GetFullPath(options.Value.SpoolPath);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            CreateFolder();
            var removed = Directory.EnumerateFiles(_path, $"*{Extension}").Count(TryRemoveStale);
            if (removed > 0)
            {
                LogStale(removed);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A spool for many small pieces of data.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the folder cannot be used.</exception>
    public Spool Create() => new(Open());

    /// <summary>An empty file for one large piece of data.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the folder cannot be used.</exception>
    public SpooledFile CreateFile() => new(Open());

    private FileStream Open()
    {
        var file = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            // Slices of patients: for this account's eyes only.
            file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            // Cleaners of temporary folders may have taken it since the start.
            CreateFolder();
            return new FileStream(Path.Combine(_path, $"{Guid.NewGuid():N}{Extension}"), file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unusable(error);
        }
    }

    private void CreateFolder()
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(_path);
        }
        else
        {
            Directory.CreateDirectory(_path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private static bool TryRemoveStale(string path)
    {
        try
        {
            // Opening fails while a living process holds the file; closing deletes it.
            using var stale = new FileStream(
                path, FileMode.Open, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static OrganSegException Unusable(Exception error) => new(
        ErrorKind.Dependency, "The service cannot use its temporary folder; check the setting Ingest:SpoolPath.", error);

    [LoggerMessage(1002, LogLevel.Information, "Removed {Count} spool files of imports that never ended")]
    private partial void LogStale(int count);
}
