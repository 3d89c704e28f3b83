using System.Runtime.InteropServices;

namespace OrganSeg.Storage;

/// <summary>
/// Makes entries of folders last through a power cut. On Linux and macOS a rename is on the disk only once the folder
/// itself was flushed, for which .NET has no call; Windows journals renames.
/// </summary>
public static class DiskFlush
{
    private const int ReadOnly = 0;
    private const int AlreadyExists = 17;

    /// <summary>Makes a folder with all folders above it, and flushes the folder of each one that was new.</summary>
    internal static void CreateFolder(string folder, string root)
    {
        if (Directory.Exists(folder))
        {
            return;
        }

        if (folder.Length > root.Length && Path.GetDirectoryName(folder) is { } parent)
        {
            CreateFolder(parent, root);
            Make(folder);
            Folder(parent);
        }
        else
        {
            Make(folder);
        }
    }

    /// <summary>Flushes the entries of a folder, where the platform allows it.</summary>
    /// <param name="folder">Its path; one that is not there is left out.</param>
    public static void Folder(string folder)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            return;
        }

        int descriptor = Open(folder, ReadOnly);
        if (descriptor < 0)
        {
            // Removed meanwhile, or a folder that may be written but not read: there is nothing to flush through.
            return;
        }

        // Some network file systems refuse to flush a folder; the rename has happened all the same.
        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    private static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (IOException error) when (error.HResult == AlreadyExists && !File.Exists(folder))
        {
            // Made by another and removed again in between, which .NET takes for a file in the folder's place.
            throw new DirectoryNotFoundException(error.Message, error);
        }
    }

    [DllImport("libc", EntryPoint = "open")]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    private static extern int Flush(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
