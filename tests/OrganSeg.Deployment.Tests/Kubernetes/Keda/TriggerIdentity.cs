namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>An identity of the cloud in place of a secret.</summary>
internal sealed class TriggerIdentity
{
    public string Provider { get; set; } = "";

    public string? IdentityId { get; set; }
}
