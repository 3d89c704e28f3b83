using System.Runtime.InteropServices;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Lets OpenMP's threads sleep while they wait for each other. By default they spin, which takes the cores from whatever
/// else runs on the machine: with other work beside it, training was seen to become fifty times slower.
/// </summary>
internal static partial class PatientThreads
{
    private const string Policy = "OMP_WAIT_POLICY";

    /// <summary>Counts only before the first tensor: OpenMP reads its environment when it is loaded.</summary>
    public static void Ask()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(Policy) is null)
        {
            // What .NET sets in its environment native libraries do not see.
            SetEnvironment(Policy, "PASSIVE", overwrite: 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
