namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>Whose replicas are counted.</summary>
internal sealed class ScaleTarget
{
    public string? ApiVersion { get; set; }

    public string? Kind { get; set; }

    public string Name { get; set; } = "";
}
