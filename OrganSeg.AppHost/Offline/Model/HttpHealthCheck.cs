namespace Aspire.Hosting.ApplicationModel;

/// <summary>A GET that answers <paramref name="StatusCode"/> once the service is ready.</summary>
internal sealed record HttpHealthCheck(string EndpointName, string Path, int StatusCode);
