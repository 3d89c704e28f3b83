using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace OrganSeg.Deployment.Tests.Configuration;

/// <summary>The settings of the services as tables, out of their options types: names, defaults, bounds and comments.</summary>
internal static partial class ConfigurationReference
{
    private static readonly string[] Services = ["Ingest", "Trainer", "Inference", "Evaluator"];

    /// <summary>A table for each service.</summary>
    public static string Write() => string.Join("\n\n", Services.Select(Table));

    private static string Table(string service)
    {
        var type = Options(service);
        var comments = Comments(service);
        var section = (string)type.GetField("Section", BindingFlags.Public | BindingFlags.Static)!.GetRawConstantValue()!;
        var defaults = Activator.CreateInstance(type)!;
        var rows = type.GetProperties().Where(property => property.SetMethod is not null).Select(property =>
            $"| `{section}__{property.Name}` | {Default(property.GetValue(defaults))} | {Allowed(property)} | {comments[$"P:{type.FullName}.{property.Name}"]} |");
        return $"""
            **{service}**

            | setting | default | allowed | meaning |
            |---|---|---|---|
            {string.Join('\n', rows)}
            """;
    }

    // Beside the service, so that what it needs is found.
    private static Type Options(string service) =>
        Assembly.LoadFrom(Output(service, ".dll")).GetType($"OrganSeg.{service}.{service}Options", throwOnError: true)!;

    private static string Output(string service, string extension) => Path.Combine(
        AppContext.BaseDirectory, "..", "..", service, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), service + extension);

    private static Dictionary<string, string> Comments(string service) =>
        XDocument.Load(Output(service, ".xml")).Descendants("member").ToDictionary(
            member => (string)member.Attribute("name")!,
            member => member.Element("summary") is { } summary ? Text(summary) : "");

    private static string Text(XElement summary)
    {
        foreach (var code in summary.Elements("c").ToList())
        {
            code.ReplaceWith($"`{code.Value}`");
        }

        return Whitespace().Replace(summary.Value, " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);
    }

    private static string Default(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "`true`" : "`false`",
        string text => text.Length == 0 ? "empty" : $"`{Portable(text)}`",
        IEnumerable list => string.Join(", ", list.Cast<object>().Select(item => $"`{item}`")),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => throw new NotSupportedException($"There is no notation for a default of type {value.GetType()}."),
    };

    // What depends on the machine has a name instead.
    private static string Portable(string text) => text
        .Replace(Path.TrimEndingDirectorySeparator(Path.GetTempPath()), "TMPDIR", StringComparison.Ordinal)
        .Replace(Environment.UserName, "USER", StringComparison.Ordinal);

    private static string Allowed(PropertyInfo property) =>
        property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{range.Minimum} to {range.Maximum}")
            : property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern
                ? $"`{pattern.Pattern.Replace("|", "\\|", StringComparison.Ordinal)}`"
                : property.PropertyType == typeof(string) && property.GetCustomAttribute<RequiredAttribute>() is not null ? "not empty" : "any";

    [GeneratedRegex(@"\s+")]
    private static partial Regex Whitespace();
}
