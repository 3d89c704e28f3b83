namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>What a <see cref="ScaledObject"/> asks for.</summary>
internal sealed class ScaledObjectSpec
{
    public ScaleTarget ScaleTargetRef { get; set; } = new();

    public int? PollingInterval { get; set; }

    public int? CooldownPeriod { get; set; }

    public int? MinReplicaCount { get; set; }

    public int? MaxReplicaCount { get; set; }

    public ScalingAdvice? Advanced { get; set; }

    public List<ScalingTrigger> Triggers { get; set; } = [];
}
