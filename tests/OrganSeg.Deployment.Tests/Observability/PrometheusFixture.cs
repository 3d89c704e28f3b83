using System.Diagnostics;
using System.Net.Http.Json;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>
/// All four services as processes on one folder, each asked something, and then Prometheus, which scrapes them with the
/// configuration and the rules that are shipped; only ports and intervals are others.
/// </summary>
public sealed class PrometheusFixture : IAsyncLifetime
{
    private static readonly (string Project, int Port, string Path)[] Services =
    [
        ("Ingest", 5601, "/v1/datasets"), ("Trainer", 5602, "/v1/runs"), ("Inference", 5603, "/v1/models"), ("Evaluator", 5604, "/v1/reports"),
    ];

    private readonly TemporaryFolder _folder = new();
    private readonly List<PrometheusTarget> _targets = [];
    private PrometheusServer? _prometheus;

    /// <summary>The trace that the requests belonged to.</summary>
    internal ActivityTraceId Trace { get; } = ActivityTraceId.CreateRandom();

    /// <summary>Skips the test where there is no Prometheus.</summary>
    internal PrometheusServer Prometheus
    {
        get
        {
            Assert.SkipWhen(_prometheus is null, PrometheusTools.Missing);
            return _prometheus!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        var token = TestContext.Current.CancellationToken;
        if (PrometheusTools.Server is null)
        {
            return;
        }

        _targets.AddRange(Services.Select(service => PrometheusTarget.Start(service.Project, _folder.PathOf("store"))));
        var configuration = await File.ReadAllTextAsync(PrometheusTools.FileOf("prometheus.yaml"), token);
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Add("traceparent", $"00-{Trace}-{ActivitySpanId.CreateRandom()}-01");
        foreach (var ((_, port, path), target) in Services.Zip(_targets))
        {
            var address = await target.HttpAsync(token);
            await AskAsync(http, new Uri(address, path), token);
            Assert.Contains($"127.0.0.1:{port}", configuration, StringComparison.Ordinal);
            configuration = configuration.Replace($"127.0.0.1:{port}", address.Authority, StringComparison.Ordinal);
        }

        await SegmentAsync(http, await _targets[2].HttpAsync(token), token);
        await File.WriteAllTextAsync(_folder.PathOf("prometheus.yaml"), configuration.Replace(": 15s", ": 1s", StringComparison.Ordinal), token);
        File.Copy(PrometheusTools.FileOf("alerts.yaml"), _folder.PathOf("alerts.yaml"));
        var prometheus = await PrometheusServer.StartAsync(_folder.PathOf("prometheus.yaml"), _folder.PathOf("data"), token);
        _prometheus = prometheus;
        await PrometheusServer.UntilAsync(
            async () => (await prometheus.QueryAsync("up{job=\"organseg\"} == 1", token)).Length == Services.Length, token);
    }

    public async ValueTask DisposeAsync()
    {
        if (_prometheus is not null)
        {
            await _prometheus.DisposeAsync();
        }

        foreach (var target in _targets)
        {
            await target.DisposeAsync();
        }

        _folder.Dispose();
    }

    /// <summary>A slice for the model that the service brings along.</summary>
    private static async Task SegmentAsync(HttpClient http, Uri address, CancellationToken cancellationToken)
    {
        const int Side = 32;
        using var answer = await http.PostAsJsonAsync(
            new Uri(address, "/v1/segment"),
            new { model = "production", raster = new { width = Side, height = Side, pixels = Convert.ToBase64String(new byte[Side * Side]) } },
            cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    private static async Task AskAsync(HttpClient http, Uri address, CancellationToken cancellationToken)
    {
        using var answer = await http.GetAsync(address, cancellationToken);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }
}
