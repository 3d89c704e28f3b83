namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>What is measured. Metadata differ from type to type and are text.</summary>
internal sealed class ScalingTrigger
{
    public string Type { get; set; } = "";

    public string? Name { get; set; }

    public string? MetricType { get; set; }

    public Dictionary<string, string> Metadata { get; set; } = [];

    public AuthenticationReference? AuthenticationRef { get; set; }
}
