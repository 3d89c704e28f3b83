using k8s.Models;

namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>What a <see cref="ScaledJob"/> asks for.</summary>
internal sealed class ScaledJobSpec
{
    public V1JobSpec JobTargetRef { get; set; } = new();

    public int? PollingInterval { get; set; }

    public int? MinReplicaCount { get; set; }

    public int? MaxReplicaCount { get; set; }

    public int? SuccessfulJobsHistoryLimit { get; set; }

    public int? FailedJobsHistoryLimit { get; set; }

    public List<ScalingTrigger> Triggers { get; set; } = [];
}
