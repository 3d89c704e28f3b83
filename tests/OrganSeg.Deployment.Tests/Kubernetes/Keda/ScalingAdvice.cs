namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>What KEDA passes on to the autoscaler that it makes.</summary>
internal sealed class ScalingAdvice
{
    public HorizontalScaling? HorizontalPodAutoscalerConfig { get; set; }

    public bool? RestoreToOriginalReplicaCount { get; set; }
}
