using System.Globalization;

namespace OrganSeg.ServiceDefaults;

/// <summary>
/// How much memory the process may use. In a container the runtime's own figure is only the managed heap's part of it,
/// while most memory of a network is native.
/// </summary>
internal static class MemoryLimit
{
    // A group without a limit says "max", or in the first version a number beyond every machine.
    private const long Unlimited = 1L << 60;

    // Of the second and of the first version of control groups, as a container sees its own.
    private static readonly string[] Files = ["/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"];

    /// <summary>Bytes.</summary>
    public static long Read() => Find(Files) ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>The limit, in bytes, in the first of some files that has one; null when none has.</summary>
    internal static long? Find(IEnumerable<string> files)
    {
        foreach (var file in files)
        {
            try
            {
                if (long.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var limit) && limit < Unlimited)
                {
                    return limit;
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // There is no such group here.
            }
        }

        return null;
    }
}
