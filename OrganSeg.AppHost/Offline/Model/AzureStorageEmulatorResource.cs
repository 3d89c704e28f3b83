namespace Aspire.Hosting.Azure;

/// <summary>The storage emulator, for a caller that configures its container; there is none here.</summary>
/// <param name="name">Name of the resource.</param>
public sealed class AzureStorageEmulatorResource(string name) : Resource(name);
