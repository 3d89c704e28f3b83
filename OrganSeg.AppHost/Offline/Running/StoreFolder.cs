namespace OrganSeg.AppHost.Offline;

/// <summary>The embedded store: connection strings of the form <c>folder=PATH</c>.</summary>
internal static class StoreFolder
{
    private const string Prefix = "folder=";

    public static string Default { get; } = Path.Combine(RepositoryFolder.State, "data");

    /// <summary>Makes a relative folder absolute, because services run in folders of their own.</summary>
    public static string Absolute(string connectionString) =>
        connectionString.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && connectionString.Length > Prefix.Length
            ? Prefix + Path.GetFullPath(connectionString[Prefix.Length..].Trim())
            : connectionString;

    /// <summary>What may be shown: a folder, but never the key of an account.</summary>
    public static string Describe(string connectionString) =>
        connectionString.Length == 0 ? "none"
        : connectionString.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? connectionString
        : "as configured";
}
