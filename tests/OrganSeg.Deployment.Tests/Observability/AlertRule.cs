using YamlDotNet.RepresentationModel;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>A rule of <c>alerts.yaml</c>: one that records, or one that alerts.</summary>
internal sealed record AlertRule(string Name, bool IsAlert, string Expression, YamlMappingNode Node)
{
    public static IReadOnlyList<AlertRule> All { get; } =
    [
        .. from yaml in (YamlSequenceNode)Read("alerts.yaml")["groups"]
           from rule in ((YamlSequenceNode)yaml["rules"]).Cast<YamlMappingNode>()
           let alerts = rule.Children.ContainsKey("alert")
           select new AlertRule(Text(rule[alerts ? "alert" : "record"]), alerts, Text(rule["expr"]), rule),
    ];

    public static IEnumerable<AlertRule> Alerts => All.Where(rule => rule.IsAlert);

    public string Annotation(string name) => Text(Node["annotations"][name]);

    public static string Text(YamlNode node) => ((YamlScalarNode)node).Value!;

    public static YamlNode Read(string file)
    {
        var stream = new YamlStream();
        using var reader = File.OpenText(PrometheusTools.FileOf(file));
        stream.Load(reader);
        return stream.Documents.Single().RootNode;
    }
}
