using System.Text.RegularExpressions;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The names that expressions may use.</summary>
/// <param name="Metrics">What Prometheus got of the services, each of whose instruments recorded something, and what rules record.</param>
/// <param name="Labels">What Prometheus got, and the tags in the sources, which a service without work does not show.</param>
internal sealed partial record PrometheusVocabulary(HashSet<string> Metrics, HashSet<string> Labels)
{
    // Prometheus' own, and in Kubernetes what its configuration sets.
    private static readonly string[] Given = ["le", "alertname", "alertstate", "namespace"];

    public static async Task<PrometheusVocabulary> OfAsync(PrometheusServer prometheus, CancellationToken cancellationToken)
    {
        var sources = new[] { "services", "src", "OrganSeg.ServiceDefaults" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.PathOf(folder), "*Telemetry.cs", SearchOption.AllDirectories))
            .Append(Repository.PathOf("OrganSeg.ServiceDefaults", "ErrorInterceptor.cs"));
        var tags = sources.SelectMany(file => Tags().Matches(File.ReadAllText(file)))
            .Select(match => match.Groups[1].Value.Replace('.', '_'));
        return new PrometheusVocabulary(
            [
                .. await prometheus.NamesAsync("label/__name__/values", cancellationToken),
                .. AlertRule.All.Where(rule => !rule.IsAlert).Select(rule => rule.Name),
                "ALERTS",
            ],
            [.. await prometheus.NamesAsync("labels", cancellationToken), .. tags, .. Given]);
    }

    /// <summary>Fails where an expression has a name that is none of these.</summary>
    public void Check(string expression)
    {
        var used = PrometheusExpression.Of(expression);
        Assert.True(used.Metrics.IsSubsetOf(Metrics), $"{string.Join(", ", used.Metrics.Except(Metrics))} in {expression}");
        Assert.True(used.Labels.IsSubsetOf(Labels), $"{string.Join(", ", used.Labels.Except(Labels))} in {expression}");
    }

    // Names of tags stand in the sources as texts.
    [GeneratedRegex("\"([a-z]+(?:[._][a-z]+)*)\"", RegexOptions.CultureInvariant)]
    private static partial Regex Tags();
}
