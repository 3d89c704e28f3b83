using k8s;
using k8s.Models;

namespace OrganSeg.Deployment.Tests.Kubernetes.Keda;

/// <summary>KEDA's <c>ScaledJob</c>, as far as it is used here; a field that is not here is refused.</summary>
internal sealed class ScaledJob : IKubernetesObject<V1ObjectMeta>
{
    public const string Type = "keda.sh/v1alpha1/ScaledJob";

    public string ApiVersion { get; set; } = "";

    public string Kind { get; set; } = "";

    public V1ObjectMeta Metadata { get; set; } = new();

    public ScaledJobSpec Spec { get; set; } = new();
}
