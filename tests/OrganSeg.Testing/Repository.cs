namespace OrganSeg.Testing;

/// <summary>Where this repository lies.</summary>
public static class Repository
{
    private const string Solution = "OrganSeg.Aspire.sln";

    /// <summary>Full path of the folder that holds the solution.</summary>
    public static string Root { get; } = Find();

    /// <summary>Full path of something in the repository.</summary>
    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, Solution)))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds {Solution}.");
    }
}
