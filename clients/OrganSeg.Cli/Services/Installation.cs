namespace OrganSeg.Cli.Services;

/// <summary>Where OrganSeg lies on this machine.</summary>
/// <param name="Root">The repository's folder.</param>
/// <param name="Binaries">The folder that holds this program, <c>artifacts/FLAVOUR/bin/OrganSeg.Cli/CONFIGURATION</c>.</param>
internal sealed record Installation(string Root, string Binaries)
{
    public const string Solution = "OrganSeg.Aspire.sln";
    private const string AspireFlavour = "aspire-";
    private const string OfflineFlavour = "offline-";

    /// <summary>Environment variable that moves <see cref="State"/>, here and in the AppHost.</summary>
    public const string StateVariable = "ORGANSEG_HOME";

    /// <summary>State, logs, the default store and the demo's files.</summary>
    public string State => Environment.GetEnvironmentVariable(StateVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Root, ".organseg");

    /// <summary>Where a running <c>up</c> says how to reach it.</summary>
    public string StateFile => Path.Combine(State, "up.json");

    /// <summary>The AppHost of the offline flavour, built beside this program.</summary>
    public string AppHost
    {
        get
        {
            var configuration = Path.GetFileName(Binaries);
            var bin = Path.GetDirectoryName(Path.GetDirectoryName(Binaries))!;
            var flavour = Path.GetFileName(Path.GetDirectoryName(bin))!;
            if (flavour.StartsWith(AspireFlavour, StringComparison.Ordinal))
            {
                // Services without a container engine are the offline flavour's work, whichever this program is.
                var artifacts = Path.GetDirectoryName(Path.GetDirectoryName(bin))!;
                bin = Path.Combine(artifacts, OfflineFlavour + flavour[AspireFlavour.Length..], "bin");
            }

            return Path.Combine(bin, "OrganSeg.AppHost", configuration, "OrganSeg.AppHost.dll");
        }
    }

    /// <exception cref="OrganSegException">The program was copied out of its repository.</exception>
    public static Installation Find()
    {
        var binaries = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        for (var folder = new DirectoryInfo(binaries); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return new Installation(folder.FullName, binaries);
            }
        }

        throw new OrganSegException(
            ErrorKind.NotReady,
            $"no {Solution} in a folder above {binaries}: run organseg from the repository it was built in");
    }
}
