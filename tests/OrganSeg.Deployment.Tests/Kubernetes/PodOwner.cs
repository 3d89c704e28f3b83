using k8s;
using k8s.Models;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>An object that makes pods.</summary>
/// <param name="Object">Such as a Deployment.</param>
/// <param name="Template">What its pods are.</param>
/// <param name="IsService">Whether they serve until they are stopped; a job's end by themselves.</param>
internal sealed record PodOwner(IKubernetesObject<V1ObjectMeta> Object, V1PodTemplateSpec Template, bool IsService)
{
    public string Name => Object.Metadata.Name;

    public V1PodSpec Pod => Template.Spec;

    /// <summary>The only container.</summary>
    public V1Container Container => Assert.Single(Pod.Containers);

    /// <summary>Keys and values of its environment; values that come from elsewhere are null.</summary>
    public Dictionary<string, string?> Environment => (Container.Env ?? []).ToDictionary(entry => entry.Name, entry => (string?)entry.Value);

    /// <summary>Whether a selector's labels are among the pods'.</summary>
    public bool Matches(IDictionary<string, string> labels) =>
        labels.All(label => Template.Metadata.Labels.TryGetValue(label.Key, out var value) && value == label.Value);

    /// <summary>Whether a selector chooses the pods; an empty one chooses all.</summary>
    public bool Matches(V1LabelSelector selector) =>
        Matches(selector.MatchLabels ?? new Dictionary<string, string>())
        && (selector.MatchExpressions ?? []).All(expression =>
        {
            Assert.Equal("In", expression.OperatorProperty);
            return Template.Metadata.Labels.TryGetValue(expression.Key, out var value) && expression.Values.Contains(value);
        });
}
