using Microsoft.Win32.SafeHandles;

namespace OrganSeg.Trainer.Import;

/// <summary>
/// The weights of one import in a temporary file. It is gone when this is disposed; on Unix it has no name from the start,
/// so that not even a killed process leaves it behind.
/// </summary>
internal sealed class WeightsSpool : IDisposable
{
    private readonly FileStream _file;

    /// <exception cref="OrganSegException">Dependency: the folder cannot be used.</exception>
    public WeightsSpool(string folder)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Delete,
            Options = FileOptions.Asynchronous | FileOptions.DeleteOnClose,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            Directory.CreateDirectory(folder);
            _file = new FileStream(Path.Combine(folder, $"organseg-weights-{Guid.NewGuid():N}.spool"), options);
            if (!OperatingSystem.IsWindows())
            {
                File.Delete(_file.Name);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OrganSegException(
                ErrorKind.NotReady, "The service cannot use its temporary folder; check the setting Trainer:SpoolPath.", error);
        }
    }

    public SafeFileHandle Handle => _file.SafeFileHandle;

    public long Length { get; private set; }

    /// <exception cref="OrganSegException">NotReady: the disk refuses.</exception>
    public async Task AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        try
        {
            await RandomAccess.WriteAsync(Handle, data, Length, cancellationToken);
            Length += data.Length;
        }
        catch (IOException error)
        {
            throw new OrganSegException(
                ErrorKind.NotReady, "The service cannot write its temporary files; free space on its disk and import again.", error);
        }
    }

    public void Dispose() => _file.Dispose();
}
