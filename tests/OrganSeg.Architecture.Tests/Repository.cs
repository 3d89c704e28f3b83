namespace OrganSeg.Architecture.Tests;

/// <summary>The files of the repository as they lie on disk: a source archive without git is checked just as well.
/// </summary>
internal static class Repository
{
    public const string Solution = "OrganSeg.Aspire.sln";

    // What .gitignore names, and git's own.
    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal)
    {
        ".git", ".organseg", ".vs", ".idea", "artifacts", "bin", "obj", "node_modules", "TestResults",
    };

    public static string Root { get; } = FindRoot();

    /// <summary>All files, as paths from the root with forward slashes, in ordinal order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    public static IReadOnlyList<Project> Projects { get; } =
        [.. Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Project.Load)];

    public static string Read(string file) => File.ReadAllText(Path.Combine(Root, file));

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            // A worktree of git has a file of this name, which holds the path of its repository.
            if (Path.GetFileName(file) != ".git")
            {
                yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
            }
        }

        foreach (var below in Directory.EnumerateDirectories(folder))
        {
            if (!Skipped.Contains(Path.GetFileName(below)))
            {
                foreach (var file in Walk(below))
                {
                    yield return file;
                }
            }
        }
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, Solution)))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"{Solution} is in no folder above the tests.");
    }
}
