using System.Text.RegularExpressions;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The names in an expression of PromQL, as far as those here use the language. That it is one, Prometheus says.</summary>
/// <param name="Metrics">Names of metrics, and of what recording rules compute.</param>
/// <param name="Labels">Names of labels, in selectors and where series are grouped or matched.</param>
internal sealed partial record PrometheusExpression(HashSet<string> Metrics, HashSet<string> Labels)
{
    private static readonly HashSet<string> Words = ["and", "or", "unless", "offset", "bool", "inf", "nan"];

    public static PrometheusExpression Of(string text)
    {
        var labels = new HashSet<string>(StringComparer.Ordinal);
        text = Strings().Replace(text, "\"\"");
        text = Selectors().Replace(text, match => Take(match, Matchers()));
        text = Groupings().Replace(text, match => Take(match, Names()));
        text = Ranges().Replace(text, " ");
        return new PrometheusExpression(
            [
                .. from match in Names().Matches(text)
                   let rest = text[(match.Index + match.Length)..].TrimStart()
                   where !rest.StartsWith('(') && !Words.Contains(match.Value.ToLowerInvariant())
                   select match.Value,
            ],
            labels);

        string Take(Match match, Regex names)
        {
            labels.UnionWith(names.Matches(match.Groups[1].Value).Select(name => name.Groups[0].Value));
            return " ";
        }
    }

    [GeneratedRegex("""
        "(\\.|[^"\\])*"
        """, RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant)]
    private static partial Regex Strings();

    [GeneratedRegex(@"\{([^}]*)\}", RegexOptions.CultureInvariant)]
    private static partial Regex Selectors();

    [GeneratedRegex(@"[a-zA-Z_][a-zA-Z0-9_]*(?=\s*(=|!))", RegexOptions.CultureInvariant)]
    private static partial Regex Matchers();

    [GeneratedRegex(@"\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)", RegexOptions.CultureInvariant)]
    private static partial Regex Groupings();

    [GeneratedRegex(@"\[[^\]]*\]|\boffset\s+[0-9a-z]+|(?<![a-zA-Z0-9_:])[0-9][0-9a-zA-Z.]*", RegexOptions.CultureInvariant)]
    private static partial Regex Ranges();

    [GeneratedRegex(@"[a-zA-Z_:][a-zA-Z0-9_:]*", RegexOptions.CultureInvariant)]
    private static partial Regex Names();
}
