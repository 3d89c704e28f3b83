namespace OrganSeg.Storage;

/// <summary>The file operations of the folder store, with the system's exceptions wrapped.</summary>
internal static class FolderFiles
{
    private const int MaxAttempts = 50;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Opens a file so that it can be replaced or deleted meanwhile; null when it is not there.</summary>
    public static FileStream? TryOpenRead(string path) => Guard(() =>
    {
        try
        {
            return new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
                BufferSize = 0,
            });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is UnauthorizedAccessException && Directory.Exists(path))
        {
            return null;
        }
        catch (IOException) when (AncestorIsFile(path))
        {
            return null;
        }
    });

    /// <summary>Renames a finished file to its place and makes the rename itself last.</summary>
    public static async Task PublishAsync(
        string temporary, string path, string root, bool replace, CancellationToken cancellationToken)
    {
        string folder = Path.GetDirectoryName(path)!;
        for (int attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                DiskFlush.CreateFolder(folder, root);
                File.Move(temporary, path, replace);
                DiskFlush.Folder(folder);
                return;
            }
            catch (Exception e) when (
                e is DirectoryNotFoundException or FileNotFoundException
                && attempt < MaxAttempts && File.Exists(temporary))
            {
                // A deletion removed an empty folder meanwhile: make it again.
            }
            catch (Exception e) when (
                OperatingSystem.IsWindows() && attempt < MaxAttempts && !Directory.Exists(path)
                && e is IOException or UnauthorizedAccessException)
            {
                // Windows refuses to replace a file for as long as a virus scanner or a reader has it open.
                await Task.Delay(Pause, cancellationToken);
            }
            catch (Exception e) when (
                e is IOException or UnauthorizedAccessException && (Directory.Exists(path) || AncestorIsFile(path)))
            {
                throw OrganSegException.Invalid(
                    "name", "One name cannot be both a blob and a folder of blobs; choose another name.");
            }
            catch (Exception e) when (Translate(e) is { } known)
            {
                throw known;
            }
        }
    }

    /// <summary>Deletes a blob, and the folders it leaves empty.</summary>
    public static void Delete(string path, string container)
    {
        Guard(() =>
        {
            try
            {
                File.Delete(path);
            }
            catch (DirectoryNotFoundException)
            {
                // Gone already.
            }
        });
        for (string? folder = Path.GetDirectoryName(path);
            folder is not null && folder.Length > container.Length;
            folder = Path.GetDirectoryName(folder))
        {
            try
            {
                Directory.Delete(folder, recursive: false);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not empty, or in use; an empty folder does no harm.
                return;
            }
        }
    }

    /// <summary>Deletes a temporary file as far as that is possible.</summary>
    public static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The cleaning of stale temporary files gets it later.
        }
    }

    public static T Guard<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }

    public static void Guard(Action action) => Guard(() =>
    {
        action();
        return true;
    });

    public static async ValueTask GuardAsync(Func<ValueTask> action)
    {
        try
        {
            await action();
        }
        catch (Exception e) when (Translate(e) is { } known)
        {
            throw known;
        }
    }

    /// <summary>The error a system's exception stands for; null when it is none of the file system.</summary>
    public static OrganSegException? Translate(Exception exception) => exception switch
    {
        IOException io when IsDiskFull(io) => Away("The disk of the blob folder is full; free some space and try again.", io),
        UnauthorizedAccessException => Away("The blob folder may not be read or written; check its permissions.", exception),
        IOException => Away("The blob folder cannot be read or written; the log has the details.", exception),
        _ => null,
    };

    /// <summary>What is said here is about the folder, never about a blob.</summary>
    private static OrganSegException Away(string message, Exception exception) =>
        new(ErrorKind.Dependency, message, exception) { IsNameless = true };

    internal static bool IsDiskFull(IOException exception)
    {
        // ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows, ENOSPC and EDQUOT elsewhere.
        int code = exception.HResult & 0xFFFF;
        return OperatingSystem.IsWindows() ? code is 39 or 112 : code is 28 or 122 or 69;
    }

    private static bool AncestorIsFile(string path)
    {
        for (string? folder = Path.GetDirectoryName(path); folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(folder))
            {
                return true;
            }
        }

        return false;
    }
}
