namespace OrganSeg.EndToEnd.Tests;

/// <summary>Where the tests find what was built and the data beside the repository.</summary>
internal static class RepositoryFiles
{
    public static string Root { get; } = FindRoot();

    /// <summary>The command line, built in the same configuration as these tests.</summary>
    public static string CommandLine { get; } = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "OrganSeg.Cli", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "organseg.dll");

    /// <summary>The folder of real CT beside the repository; tests that need it skip where it is absent.</summary>
    public static string SharedData { get; } = Path.GetFullPath(Path.Combine(Root, "..", "shared", "data"));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "OrganSeg.Aspire.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("The tests run outside the repository.");
    }
}
