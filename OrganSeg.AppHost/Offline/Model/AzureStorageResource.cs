namespace Aspire.Hosting.Azure;

/// <summary>An Azure Storage account; here a folder below the repository.</summary>
/// <param name="name">Name of the resource.</param>
public sealed class AzureStorageResource(string name) : Resource(name)
{
    internal bool IsEmulator { get; set; }
}
