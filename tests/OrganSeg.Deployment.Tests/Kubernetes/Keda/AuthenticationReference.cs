namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>Which <see cref="TriggerAuthentication"/> a trigger uses.</summary>
internal sealed class AuthenticationReference
{
    public string Name { get; set; } = "";

    public string? Kind { get; set; }
}
