namespace OrganSeg.Cli.Services;

/// <summary>The .NET host that runs other programs of ours.</summary>
internal static class DotNet
{
    /// <summary>The host of this very process where there is one, else what the environment names.</summary>
    public static string Host { get; } = Find();

    private static string Find()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Environment.ProcessPath is { } own && Path.GetFileName(own) == name)
        {
            return own;
        }

        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host && File.Exists(host))
        {
            return host;
        }

        var beside = Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? Path.Combine(root, name) : name;
        return File.Exists(beside) ? beside : name;
    }
}
