namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>A key of a secret that becomes a parameter of a trigger.</summary>
internal sealed class SecretTarget
{
    public string Parameter { get; set; } = "";

    public string Name { get; set; } = "";

    public string Key { get; set; } = "";
}
