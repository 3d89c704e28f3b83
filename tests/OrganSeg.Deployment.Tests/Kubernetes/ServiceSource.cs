using System.Text.RegularExpressions;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>What the services' source says about settings, metrics and paths. It is read rather than loaded, so that libtorch and
/// ONNX Runtime are not needed to check files.</summary>
internal static partial class ServiceSource
{
    private static readonly Lazy<IReadOnlySet<string>> AllSeries = new(ReadSeries);

    /// <summary>Names under which Prometheus sees the services' own instruments.</summary>
    public static IReadOnlySet<string> Series => AllSeries.Value;

    /// <summary>Settings of a service, as keys of the environment: <c>Section__Property</c>.</summary>
    /// <param name="project">Folder below <c>services</c>.</param>
    public static IReadOnlySet<string> SettingsOf(string project) =>
        (from text in TextsOf("services", project)
         let section = Section().Match(text)
         where section.Success
         from Match property in Property().Matches(text)
         select $"{section.Groups["name"].Value}__{property.Groups["name"].Value}")
        .Append(Prometheus()).ToHashSet();

    /// <summary>Default of a text setting of a service.</summary>
    public static string DefaultOf(string project, string property) => Assert.Single(
        from text in TextsOf("services", project)
        where Section().IsMatch(text)
        from Match match in Property().Matches(text)
        where match.Groups["name"].Value == property
        select match.Groups["text"].Value);

    /// <summary>Paths of HTTP that say how a service is.</summary>
    public static IReadOnlyList<string> HealthPaths() =>
        [.. TextsOf("OrganSeg.ServiceDefaults").SelectMany(text => HealthPath().Matches(text)).Select(match => match.Groups["path"].Value)];

    /// <summary>How long a service may take to end.</summary>
    public static int ShutdownSeconds() => int.Parse(Assert.Single(
        TextsOf("OrganSeg.ServiceDefaults").SelectMany(text => Shutdown().Matches(text))).Groups["seconds"].ValueSpan);

    private static string Prometheus() => Assert.Single(
        TextsOf("OrganSeg.ServiceDefaults").SelectMany(text => ScrapingSwitch().Matches(text))).Groups["key"].Value.Replace(":", "__");

    private static HashSet<string> ReadSeries() =>
        TextsOf("services").SelectMany(text => Instrument().Matches(text)).SelectMany(SeriesOf).ToHashSet();

    // The rules of OpenTelemetry's exporter for Prometheus.
    private static IEnumerable<string> SeriesOf(Match instrument)
    {
        var kind = instrument.Groups["kind"].Value;
        var name = instrument.Groups["name"].Value.Replace('.', '_') + instrument.Groups["unit"].Value switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            "1" when kind.EndsWith("Gauge", StringComparison.Ordinal) => "_ratio",
            _ => "",
        };
        return kind switch
        {
            "Histogram" => [name + "_bucket", name + "_sum", name + "_count"],
            "Counter" or "ObservableCounter" => [name + "_total"],
            _ => [name],
        };
    }

    private static IEnumerable<string> TextsOf(params ReadOnlySpan<string> folder) =>
        Directory.EnumerateFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

    [GeneratedRegex("""const string Section = "(?<name>\w+)";""")]
    private static partial Regex Section();

    [GeneratedRegex("""public (?:required )?[\w\[\]<>?]+ (?<name>\w+) \{ get; (?:set|init); \}(?:\s*=\s*"(?<text>[^"]*)")?""")]
    private static partial Regex Property();

    [GeneratedRegex("""ScrapingSwitch = "(?<key>[\w:]+)";""")]
    private static partial Regex ScrapingSwitch();

    [GeneratedRegex("""MapHealthChecks\("(?<path>[^"]+)""")]
    private static partial Regex HealthPath();

    [GeneratedRegex("""ShutdownTime = TimeSpan\.FromSeconds\((?<seconds>\d+)\)""")]
    private static partial Regex Shutdown();

    [GeneratedRegex("""\.Create(?<kind>\w+)(?:<\w+>)?\(\s*"(?<name>organseg\.[\w.]+)"(?:[^"]*"(?<unit>[^"]*)")?""")]
    private static partial Regex Instrument();
}
