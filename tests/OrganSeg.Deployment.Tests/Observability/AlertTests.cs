using OrganSeg.Testing;
using YamlDotNet.RepresentationModel;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The alerts: Prometheus' own tool runs their tests; here is that each has some, and says what to do.</summary>
public sealed class AlertTests
{
    private static readonly string[] TestFiles = ["alerts.tests.yaml", "alerts.days.tests.yaml"];

    public static TheoryData<string> Files => [.. TestFiles];

    public static TheoryData<string> Alerts => [.. AlertRule.Alerts.Select(alert => alert.Name)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Configuration_WithItsRules_IsValid()
    {
        var (code, output) = await PrometheusTools.CheckAsync(Token, "check", "config", PrometheusTools.FileOf("prometheus.yaml"));

        Assert.True(code == 0, output);
        Assert.Contains($"{AlertRule.All.Count} rules found", output, StringComparison.Ordinal);
    }

    // Not every promtool knows Kubernetes, so targets are left out; what makes labels of them is there.
    [Fact]
    public async Task Configuration_OfKubernetes_IsValidToo()
    {
        using var folder = new TemporaryFolder();
        var shipped = await File.ReadAllLinesAsync(PrometheusTools.FileOf("prometheus.yaml"), Token);
        var commented = shipped.SkipWhile(line => !line.Contains("In Kubernetes", StringComparison.Ordinal)).Skip(1)
            .Select(line => line.Replace("  # ", "  ", StringComparison.Ordinal)).ToList();
        var discovery = commented.FindIndex(line => line.EndsWith("kubernetes_sd_configs:", StringComparison.Ordinal));
        Assert.Equal("      - role: pod", commented[discovery + 1]);
        commented.RemoveRange(discovery, 2);
        await File.WriteAllLinesAsync(folder.PathOf("prometheus.yaml"), ["scrape_configs:", .. commented], Token);

        var (code, output) = await PrometheusTools.CheckAsync(Token, "check", "config", folder.PathOf("prometheus.yaml"));

        Assert.True(code == 0, output);
        Assert.Contains("  - job_name: organseg", commented);
        Assert.Equal(
            ["service", "namespace", "pod"],
            commented.Select(line => line.Trim()).Where(line => line.StartsWith("target_label: ", StringComparison.Ordinal))
                .Select(line => line["target_label: ".Length..]));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Rules_OnSeriesOfTheirTests_FireWhenTheyShould(string file)
    {
        var (code, output) = await PrometheusTools.CheckAsync(Token, "test", "rules", PrometheusTools.FileOf(file));

        Assert.True(code == 0, output);
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public void Alert_InTheTests_FiresAndBeforeThatDoesNot(string alert)
    {
        var label = $"alertname=\"{alert}\"";

        // Of the expectations of one test, in their order: whether the alert is among them.
        var tests = TestFiles.SelectMany(file => ((YamlSequenceNode)AlertRule.Read(file)["tests"]).Cast<YamlMappingNode>())
            .Select(test => ((YamlSequenceNode)test["promql_expr_test"])
                .Where(one => AlertRule.Text(one["expr"]).Contains("ALERTS{alertstate=\"firing\"", StringComparison.Ordinal))
                .Select(one => ((YamlSequenceNode)one["exp_samples"]).Any(
                    sample => AlertRule.Text(sample["labels"]).Contains(label, StringComparison.Ordinal)))
                .ToList());

        Assert.Contains(tests, expected => expected.Contains(true) && !expected[0]);
    }

    [Theory]
    [MemberData(nameof(Alerts))]
    public async Task Alert_ToAnOperator_SaysHowBadAndWhatToDo(string alert)
    {
        var rule = AlertRule.Alerts.Single(rule => rule.Name == alert);
        var guide = await File.ReadAllTextAsync(PrometheusTools.FileOf("README.md"), Token);
        var anchor = alert.ToLowerInvariant();

        Assert.Contains(AlertRule.Text(rule.Node["labels"]["severity"]), new[] { "critical", "warning", "info" });
        Assert.NotEmpty(rule.Annotation("summary"));
        Assert.True(rule.Annotation("description").Length > 80);
        Assert.Equal($"deploy/observability/README.md#{anchor}", rule.Annotation("runbook"));
        Assert.Contains($"<a id=\"{anchor}\"></a>`{alert}`", guide, StringComparison.Ordinal);
    }
}
