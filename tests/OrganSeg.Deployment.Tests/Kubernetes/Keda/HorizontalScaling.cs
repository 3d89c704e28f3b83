using k8s.Models;

namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>The part of an autoscaler that KEDA leaves to its user.</summary>
internal sealed class HorizontalScaling
{
    public string? Name { get; set; }

    public V2HorizontalPodAutoscalerBehavior? Behavior { get; set; }
}
