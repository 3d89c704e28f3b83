using System.Text.Json;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The dashboard as Grafana would show it, asked of a Prometheus that scrapes the services.</summary>
[Collection(PrometheusCollection.Name)]
public sealed class DashboardTests(PrometheusFixture fixture)
{
    private const int Columns = 24;

    private static readonly JsonElement Dashboard = Read();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static IEnumerable<JsonElement> Everything => Dashboard.GetProperty("panels").EnumerateArray();

    private static IEnumerable<JsonElement> Panels => Everything.Where(panel => Text(panel, "type") != "row");

    private static IEnumerable<string> Expressions => Panels
        .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
        .Concat(Dashboard.GetProperty("annotations").GetProperty("list").EnumerateArray())
        .Select(target => Filled(Text(target, "expr")));

    [Fact]
    public void Rows_OfTheDashboard_AreOneForEachPart() => Assert.Equal(
        ["Overview", "Inference", "Trainer", "Ingest", "Evaluator", "Store", "Runtime"],
        Everything.Where(panel => Text(panel, "type") == "row").Select(row => Text(row, "title")));

    [Fact]
    public void Panels_OfTheDashboard_AreNamedExplainedAndHaveQueries()
    {
        Assert.True(Dashboard.GetProperty("schemaVersion").GetInt32() >= 39);
        Assert.Equal(Panels.Count(), Panels.Select(panel => Text(panel, "title")).Distinct(StringComparer.Ordinal).Count());
        Assert.All(Panels, panel =>
        {
            Assert.NotEmpty(Text(panel, "description"));
            Assert.NotEmpty(panel.GetProperty("targets").EnumerateArray());
            Assert.All(
                panel.GetProperty("targets").EnumerateArray().Append(panel),
                target => Assert.Equal("${datasource}", Text(target.GetProperty("datasource"), "uid")));
        });
    }

    [Fact]
    public void Panels_OfTheDashboard_HaveIdsAndPlacesOfTheirOwn()
    {
        var ids = Everything.Select(panel => panel.GetProperty("id").GetInt32()).ToList();
        var cells = Everything.SelectMany(CellsOf).ToList();

        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.Equal(cells.Count, cells.Distinct().Count());
        Assert.All(cells, cell => Assert.InRange(cell.X, 0, Columns - 1));
    }

    [Fact]
    public void Panels_OfTimes_ShowExamples()
    {
        var times = Panels.Where(panel => panel.GetProperty("targets").EnumerateArray()
            .Any(target => Text(target, "expr").Contains("_duration_seconds_bucket", StringComparison.Ordinal))).ToList();

        Assert.NotEmpty(times);
        Assert.All(times, panel => Assert.All(
            panel.GetProperty("targets").EnumerateArray(), target => Assert.True(target.GetProperty("exemplar").GetBoolean())));
    }

    [Fact]
    public async Task Expressions_OfTheDashboard_AreUnderstood()
    {
        foreach (var expression in Expressions)
        {
            // Fails when Prometheus refuses it.
            await fixture.Prometheus.QueryAsync(expression, Token);
        }
    }

    [Fact]
    public async Task Expressions_OfTheDashboard_AskForWhatServicesShow()
    {
        var vocabulary = await PrometheusVocabulary.OfAsync(fixture.Prometheus, Token);

        Assert.All(Expressions, vocabulary.Check);
    }

    [Fact]
    public async Task Instruments_OfTheServices_AreOnTheDashboard()
    {
        var shown = Expressions.Concat(AlertRule.All.Select(rule => rule.Expression))
            .SelectMany(expression => PrometheusExpression.Of(expression).Metrics)
            .ToHashSet(StringComparer.Ordinal);
        var counters = (await fixture.Prometheus.NamesAsync("label/__name__/values", Token)).Where(
            name => name.StartsWith("organseg_", StringComparison.Ordinal) && name.EndsWith("_total", StringComparison.Ordinal));

        Assert.Superset(counters.ToHashSet(StringComparer.Ordinal), shown);
    }

    private static JsonElement Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(PrometheusTools.FileOf("grafana", "organseg.json")));
        return document.RootElement.Clone();
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    // What Grafana does with the variables: everything chosen, and a range of four scrapes.
    private static string Filled(string expression) => expression
        .Replace("$__rate_interval", "1m", StringComparison.Ordinal)
        .Replace("$namespace", ".*", StringComparison.Ordinal)
        .Replace("$service", ".*", StringComparison.Ordinal);

    private static IEnumerable<(int X, int Y)> CellsOf(JsonElement panel)
    {
        var place = panel.GetProperty("gridPos");
        var (x, y) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
        return from column in Enumerable.Range(x, place.GetProperty("w").GetInt32())
               from row in Enumerable.Range(y, place.GetProperty("h").GetInt32())
               select (column, row);
    }
}
