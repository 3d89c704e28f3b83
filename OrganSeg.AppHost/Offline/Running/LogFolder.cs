using System.Globalization;

namespace OrganSeg.AppHost.Offline;

/// <summary>One folder of logs a run, of which the newest are kept.</summary>
internal static class LogFolder
{
    private const int Kept = 20;

    public static string Create(string state, TimeProvider time)
    {
        var logs = Path.Combine(state, "logs");
        var stamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmssfff", CultureInfo.InvariantCulture);
        var folder = Directory.CreateDirectory(Path.Combine(logs, $"{stamp}-{Environment.ProcessId}")).FullName;
        foreach (var old in Directory.GetDirectories(logs).Order(StringComparer.Ordinal).SkipLast(Kept))
        {
            try
            {
                Directory.Delete(old, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Somebody reads it, or another run cleans up as well: the next run tries again.
            }
        }

        return folder;
    }
}
