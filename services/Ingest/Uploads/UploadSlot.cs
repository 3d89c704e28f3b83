using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace OrganSeg.Ingest.Uploads;

/// <summary>
/// A folder of uploads that is locked by this process. Each store has folders of its own, usually one: a process takes the
/// first that is free, so it finds what a killed one has left, and two that run at a time do not meet.
/// </summary>
internal sealed class UploadSlot : IDisposable
{
    private const string LockFile = "lock";
    private const int Slots = 64;

    private readonly FileStream _lock;

    private UploadSlot(string path, FileStream @lock) => (Path, _lock) = (path, @lock);

    public string Path { get; }

    /// <param name="root">Folder of all uploads.</param>
    /// <param name="store">What tells one store from another.</param>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    public static UploadSlot Take(string root, string store)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(store)))[..16];
        for (var number = 0; number < Slots; number++)
        {
            var path = System.IO.Path.Combine(root, hash, number.ToString(CultureInfo.InvariantCulture));
            CreateFolder(path);
            if (TryLock(path) is { } slot)
            {
                return slot;
            }
        }

        throw new IOException($"All {Slots} folders of this store are locked.");
    }

    /// <summary>Removes folders that no process has locked and nobody has written to for long: of stores that are gone.</summary>
    public static void RemoveAbandoned(string root, DateTimeOffset before)
    {
        foreach (var path in Directory.GetDirectories(root).SelectMany(Directory.GetDirectories))
        {
            var files = new DirectoryInfo(path).GetFiles();
            // One without files is just being made.
            if (files.Length > 0 && files.All(file => file.LastWriteTimeUtc < before.UtcDateTime) && TryLock(path) is { } slot)
            {
                using (slot)
                {
                    Directory.Delete(path, recursive: true);
                }
            }
        }
    }

    /// <summary>Makes the folder unless it is there.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            // Slices of patients: for this account's eyes only.
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static UploadSlot? TryLock(string path)
    {
        var file = System.IO.Path.Combine(path, LockFile);
        var existed = File.Exists(file);
        try
        {
            return new UploadSlot(path, new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (existed)
        {
            return null;
        }
    }
}
