using k8s.Models;
using OrganSeg.Deployment.Tests.Kubernetes.Keda;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>Every document is of a known kind and has no field that its kind does not have.</summary>
public sealed class KubernetesReadingTests
{
    private const string ConfigMap = """
        apiVersion: v1
        kind: ConfigMap
        metadata:
          name: found
        data:
          key: text
        """;

    // Maps whose values are text: an API server refuses a number or a truth value there.
    private static readonly HashSet<string> TextMaps = ["labels", "annotations", "matchLabels", "nodeSelector", "data", "selector"];

    public static TheoryData<string> Everything => [.. Kustomization.Everything];

    [Fact]
    public void Folders_All_AreThere()
    {
        Assert.Equal(["overlays/azure", "overlays/cpu", "overlays/gpu", "overlays/onprem"], Kustomization.Overlays);
        Assert.Equal(["training/gpu", "training/nightly", "training/once"], Kustomization.Trainings);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Render_Folder_GivesKnownKindsInOneNamespace(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.NotEmpty(rendered.Pods);
        Assert.All(rendered.Objects, found => Assert.False(string.IsNullOrEmpty(found.Metadata.Name)));
        Assert.All(
            rendered.Objects.Where(found => found is not (V1Namespace or V1PriorityClass)),
            found => Assert.Equal("organseg", found.Metadata.NamespaceProperty));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Render_Folder_QuotesTextThatLooksLikeSomethingElse(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        var stream = new YamlStream();
        stream.Load(new StringReader(rendered.Yaml));

        Assert.Empty(stream.Documents.SelectMany(document => Unquoted(document.RootNode, "")));
    }

    [Fact]
    public void Read_KnownFields_GivesObject()
    {
        var read = Assert.IsType<V1ConfigMap>(Assert.Single(KubernetesYamlReader.Read(ConfigMap)));

        Assert.Equal("text", read.Data["key"]);
    }

    [Theory]
    [InlineData("data:", "date:")]
    [InlineData("  name: found", "  name: found\n  lables: {}")]
    [InlineData("  name: found", "  name: found\n  name: twice")]
    [InlineData("kind: ConfigMap", "kind: ConfigMaps")]
    public void Read_MisspeltFieldOrKind_Throws(string right, string wrong) =>
        Assert.ThrowsAny<Exception>(() => KubernetesYamlReader.Read(ConfigMap.Replace(right, wrong)));

    [Theory]
    [InlineData(ScaledObject.Type, "scaleTargetRef: {nam: trainer}")]
    [InlineData(ScaledObject.Type, "maxReplicas: 3")]
    [InlineData(ScaledJob.Type, "jobTargetRef: {template: {spec: {container: []}}}")]
    [InlineData(TriggerAuthentication.Type, "secretTargetRefs: []")]
    public void Read_MisspeltFieldOfKeda_Throws(string type, string field) =>
        Assert.Throws<YamlException>(() => KubernetesYamlReader.Read($$"""
            apiVersion: {{type[..type.LastIndexOf('/')]}}
            kind: {{type[(type.LastIndexOf('/') + 1)..]}}
            metadata: {name: found}
            spec: { {{field}} }
            """));

    private static IEnumerable<string> Unquoted(YamlNode node, string path) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(child =>
        {
            var key = ((YamlScalarNode)child.Key).Value!;
            var below = $"{path}/{key}";
            return child.Value is YamlScalarNode scalar ? IsText(path, key) && IsPlainValue(scalar) ? [below] : []
                : Unquoted(child.Value, below);
        }),
        YamlSequenceNode list => list.Children.SelectMany((child, i) => child is YamlScalarNode scalar
            ? path.EndsWith("/args", StringComparison.Ordinal) && IsPlainValue(scalar) ? [$"{path}/{i}"] : []
            : Unquoted(child, $"{path}/{i}")),
        _ => [],
    };

    private static bool IsText(string path, string key)
    {
        var parts = path.Split('/');
        return TextMaps.Contains(parts[^1])
            || (parts[^1] == "metadata" && parts.Contains("triggers"))
            || (key == "value" && parts.Contains("env"));
    }

    private static bool IsPlainValue(YamlScalarNode scalar) => scalar.Style == ScalarStyle.Plain
        && (double.TryParse(scalar.Value, out _) || scalar.Value is "true" or "false" or "null" or "yes" or "no" or "on" or "off" or "~" or "");
}
