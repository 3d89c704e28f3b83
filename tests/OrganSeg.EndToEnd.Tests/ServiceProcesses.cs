using System.Diagnostics;
using System.Text;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>
/// The processes that belong to one test, found by the home folder in their environment. Only Linux shows that of
/// another process.
/// </summary>
internal static class ServiceProcesses
{
    public static bool CanBeSeen => OperatingSystem.IsLinux();

    /// <summary>Kills a service as <c>kill -9</c> does: it gets no chance to tidy up.</summary>
    public static void Kill(string home, string project)
    {
        var killed = Of(home).Where(process => process.Command.Contains($"{project}.dll", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(killed);
        foreach (var (id, _) in killed)
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
    }

    /// <summary>The living processes with this home, to be waited for; some may end at any time.</summary>
    public static IReadOnlyList<Process> Open(string home) => [.. Of(home).Select(process => Process.GetProcessById(process.Id))];

    /// <summary>Id and command line of each living process with this home.</summary>
    public static IReadOnlyList<(int Id, string Command)> Of(string home)
    {
        var marker = $"{CommandLine.HomeVariable}={home}\0";
        return
        [
            .. from folder in Directory.EnumerateDirectories("/proc")
               let id = int.TryParse(Path.GetFileName(folder), out var number) ? number : 0
               where id > 0 && (Read(folder, "environ") + '\0').Contains(marker, StringComparison.Ordinal)
               select (id, Read(folder, "cmdline").Replace('\0', ' ')),
        ];
    }

    private static string Read(string folder, string file)
    {
        try
        {
            return Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, file)));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is not ours.
            return string.Empty;
        }
    }
}
