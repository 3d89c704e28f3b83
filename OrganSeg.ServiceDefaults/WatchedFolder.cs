namespace OrganSeg.ServiceDefaults;

/// <summary>A folder that a service writes to.</summary>
/// <param name="Name">What it is for. Metrics show this and never the path, which may tell names.</param>
/// <param name="Path">Gives its path; null where the configuration has none.</param>
internal sealed record WatchedFolder(string Name, Func<IServiceProvider, string?> Path)
{
    /// <summary>The disk that it lies on, or will once it is made; null without a path.</summary>
    public DriveInfo? Find(IServiceProvider services)
    {
        for (var path = Path(services) is { } given ? System.IO.Path.GetFullPath(given) : null;
            path is not null;
            path = System.IO.Path.GetDirectoryName(path))
        {
            if (Directory.Exists(path))
            {
                // On Unix any folder names the file system that it is on, on Windows only the root of a drive does.
                return new DriveInfo(OperatingSystem.IsWindows() ? System.IO.Path.GetPathRoot(path)! : path);
            }
        }

        return null;
    }
}
