namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>Where a trigger's credentials come from.</summary>
internal sealed class TriggerAuthenticationSpec
{
    public TriggerIdentity? PodIdentity { get; set; }

    public List<SecretTarget>? SecretTargetRef { get; set; }
}
