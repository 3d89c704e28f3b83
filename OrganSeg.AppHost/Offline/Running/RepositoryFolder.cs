namespace OrganSeg.AppHost.Offline;

/// <summary>The folder that holds <c>.organseg</c>: state, logs and the default store.</summary>
internal static class RepositoryFolder
{
    /// <summary>The repository above the executable, or the current folder when it was copied elsewhere.</summary>
    public static string Root { get; } = Find();

    /// <summary><c>.organseg</c> under the root, or the folder that <c>ORGANSEG_HOME</c> names.</summary>
    public static string State { get; } = Environment.GetEnvironmentVariable("ORGANSEG_HOME") is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Root, ".organseg");

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "OrganSeg.Aspire.sln")))
            {
                return folder.FullName;
            }
        }

        return Environment.CurrentDirectory;
    }
}
