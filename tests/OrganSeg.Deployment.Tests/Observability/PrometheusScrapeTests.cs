using System.Text.Json;
using System.Text.RegularExpressions;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The real Prometheus beside the real services: what it gets, and that rules ask for nothing else.</summary>
[Collection(PrometheusCollection.Name)]
public sealed partial class PrometheusScrapeTests(PrometheusFixture fixture)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PrometheusServer Prometheus => fixture.Prometheus;

    [Fact]
    public async Task Targets_WithTheShippedConfiguration_AreTheFourServices()
    {
        var up = await Prometheus.QueryAsync("up{job=\"organseg\"} == 1", Token);

        Assert.Equal(
            ["evaluator", "inference", "ingest", "trainer"],
            up.Select(series => series.GetProperty("metric").GetProperty("service").GetString()!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Rules_InPrometheus_AreAllHealthy()
    {
        JsonElement[] rules = [];
        await PrometheusServer.UntilAsync(
            async () =>
            {
                var answer = await Prometheus.AskAsync("rules", Token);
                rules =
                [
                    .. answer.GetProperty("data").GetProperty("groups").EnumerateArray()
                        .SelectMany(group => group.GetProperty("rules").EnumerateArray()),
                ];
                return rules.All(rule => rule.GetProperty("health").GetString() != "unknown");
            },
            Token);

        Assert.Equal(AlertRule.All.Select(rule => rule.Name).Order(), rules.Select(rule => rule.GetProperty("name").GetString()!).Order());
        Assert.All(rules, rule => Assert.True(rule.GetProperty("health").GetString() == "ok", rule.ToString()));
    }

    [Fact]
    public async Task Rules_ByName_AskForWhatServicesShow()
    {
        var vocabulary = await PrometheusVocabulary.OfAsync(Prometheus, Token);

        Assert.All(AlertRule.All, rule => vocabulary.Check(rule.Expression));
    }

    [Fact]
    public async Task Instruments_OfTheServices_AreInTheGuides()
    {
        var ours = (await Prometheus.NamesAsync("label/__name__/values", Token))
            .Where(name => name.StartsWith("organseg_", StringComparison.Ordinal) && !name.EndsWith("_created", StringComparison.Ordinal))
            .Select(name => PartOfHistogram().Replace(name, ""))
            .ToHashSet(StringComparer.Ordinal);
        var guides = await File.ReadAllTextAsync(PrometheusTools.FileOf("README.md"), Token)
            + await File.ReadAllTextAsync(Repository.PathOf("docs", "inference.md"), Token);

        Assert.InRange(ours.Count, 40, 400);
        Assert.All(ours, name => Assert.Contains($"`{name}`", guides, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http_server_request_duration_seconds_bucket{service=\"ingest\"}")]
    [InlineData("http_server_request_duration_seconds_bucket{service=\"inference\"}")]
    [InlineData("organseg_inference_queue_duration_seconds_bucket")]
    [InlineData("organseg_inference_run_duration_seconds_bucket")]
    [InlineData("organseg_storage_duration_seconds_bucket")]
    public async Task Histograms_OfARequest_LeadToItsTrace(string selector)
    {
        var range = (Start: "0", End: (TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 60).ToString());

        var answer = await Prometheus.AskAsync("query_exemplars", Token, ("query", selector), ("start", range.Start), ("end", range.End));

        var traces = answer.GetProperty("data").EnumerateArray()
            .SelectMany(series => series.GetProperty("exemplars").EnumerateArray())
            .Select(exemplar => exemplar.GetProperty("labels").GetProperty("trace_id").GetString());
        Assert.Contains(fixture.Trace.ToString(), traces);
    }

    [Fact]
    public async Task Disks_OfEachService_AreThoseItWritesTo()
    {
        var free = await Prometheus.QueryAsync("organseg_service_disk_free_bytes > 0 and organseg_service_disk_size_bytes > 0", Token);

        Assert.Equal(
            ["evaluator store", "inference store", "ingest spool", "ingest store", "ingest uploads", "trainer cache", "trainer spool", "trainer store"],
            free.Select(series => series.GetProperty("metric"))
                .Select(labels => $"{labels.GetProperty("service").GetString()} {labels.GetProperty("organseg_folder").GetString()}")
                .Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("_(bucket|sum|count)$", RegexOptions.CultureInvariant)]
    private static partial Regex PartOfHistogram();
}
