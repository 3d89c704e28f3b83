using OrganSeg.Storage;

namespace OrganSeg.Cli.Services;

/// <summary>The object store that this command line means.</summary>
/// <param name="ConnectionString">As the services take it, folders absolute.</param>
/// <param name="Identity">64 hexadecimal digits, equal for processes that use the same store.</param>
internal sealed record Store(string ConnectionString, string Identity)
{
    /// <summary>Name of the environment variable, here and in every service.</summary>
    public const string Variable = "ConnectionStrings__blobs";

    private const string FolderPrefix = "folder=";

    /// <param name="configured">What the environment says, or null for the embedded default.</param>
    /// <param name="installation">Holds the default store.</param>
    /// <exception cref="OrganSegException">The connection string is not one.</exception>
    public static Store From(string? configured, Installation installation)
    {
        var text = string.IsNullOrWhiteSpace(configured)
            ? FolderPrefix + Path.Combine(installation.State, "data")
            : configured.Trim();
        if (text.StartsWith(FolderPrefix, StringComparison.OrdinalIgnoreCase) && text.Length > FolderPrefix.Length)
        {
            // A relative folder is relative to where the command was typed, not to where a service runs.
            text = FolderPrefix + Path.GetFullPath(text[FolderPrefix.Length..].Trim());
        }

        return new Store(text, ObjectStoreConnection.Identity(text, installation.Root));
    }
}
