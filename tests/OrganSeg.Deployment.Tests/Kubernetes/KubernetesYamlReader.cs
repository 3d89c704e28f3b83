using k8s;
using k8s.Models;
using OrganSeg.Deployment.Tests.Kubernetes.Keda;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>Reads documents as an API server would: a field that a kind does not have is an error.</summary>
internal static class KubernetesYamlReader
{
    private static readonly Dictionary<string, Type> Kinds = new()
    {
        [ScaledObject.Type] = typeof(ScaledObject),
        [ScaledJob.Type] = typeof(ScaledJob),
        [TriggerAuthentication.Type] = typeof(TriggerAuthentication),
    };

    /// <summary>All documents of a text.</summary>
    public static IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Read(string yaml) =>
        [.. KubernetesYaml.LoadAllFromString(yaml, Kinds, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()];
}
