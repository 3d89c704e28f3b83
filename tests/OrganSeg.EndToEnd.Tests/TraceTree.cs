using System.Globalization;
using System.Text;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>
/// A trace as an indented tree: name, service, when it began, how long it took, and what tells spans apart. Siblings of one
/// name are one line, with the mean of their durations; so are what lies below them.
/// </summary>
internal static class TraceTree
{
    private const int NameWidth = 66;
    private const int ServiceWidth = 12;
    private const string Prefix = "organseg.";

    // What says most about a span, in this order; anything else would make lines that nobody reads.
    private static readonly string[] Shown =
    [
        "organseg.blob.container", "organseg.blob.answer", "organseg.blob.size", "organseg.blob.count", "organseg.model", "organseg.model.version", "organseg.variant",
        "organseg.batch.size", "organseg.files", "organseg.bytes", "organseg.cases", "organseg.slices", "organseg.epoch", "organseg.steps",
        "organseg.wait.seconds", "organseg.checkpoint", "organseg.evaluation", "error.type",
    ];

    public static string Format(TraceOperation operation)
    {
        var children = operation.Spans.Where(span => !span.IsRoot).ToLookup(span => span.ParentId);
        var lines = new StringBuilder();
        Write(lines, [operation.Root], children, operation.Root.Start, "", "");
        return lines.ToString();
    }

    private static void Write(
        StringBuilder lines,
        List<RecordedSpan> equals,
        ILookup<string, RecordedSpan> children,
        TimeSpan began,
        string branch,
        string indent)
    {
        var first = equals[0];
        var name = branch + first.Name + (equals.Count > 1 ? $" × {equals.Count}" : "");
        lines.Append(name.PadRight(NameWidth)).Append(' ').Append(first.Service.PadRight(ServiceWidth)).Append(' ')
            .Append(Seconds(first.Start - began).PadLeft(9)).Append(' ')
            .Append(Seconds(equals.Average(span => span.Duration.TotalSeconds)).PadLeft(9))
            .Append("  ").Append(Describe(equals));
        lines.Length -= lines[^1] == ' ' ? 2 : 0;
        lines.Append('\n');
        var groups = equals.SelectMany(span => children[span.SpanId])
            .OrderBy(span => span.Start)
            .GroupBy(span => (span.Name, span.Service, span.Failed, span.Tags.GetValueOrDefault("organseg.blob.container"), span.Tags.GetValueOrDefault("organseg.blob.answer")))
            .Select(group => group.ToList())
            .ToList();
        foreach (var (index, group) in groups.Index())
        {
            var isLast = index == groups.Count - 1;
            Write(lines, group, children, began, indent + (isLast ? "└─ " : "├─ "), indent + (isLast ? "   " : "│  "));
        }
    }

    private static string Describe(List<RecordedSpan> equals) => string.Join(' ', Shown
        .Select(tag => (Tag: tag, Values: equals.Select(span => span.Tags.GetValueOrDefault(tag)).OfType<string>().Distinct().ToList()))
        .Where(tag => tag.Values.Count > 0)
        .Select(tag => $"{tag.Tag.Replace(Prefix, "", StringComparison.Ordinal)}={Join(tag.Values)}")
        .Append(equals[0].StatusText.Length > 0 ? $"“{equals[0].StatusText}”" : "")
        .Where(text => text.Length > 0));

    private static string Join(List<string> values)
    {
        if (values.Count == 1)
        {
            return values[0];
        }

        var numbers = values.Select(value => double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : double.NaN).ToList();
        return numbers.Any(double.IsNaN)
            ? string.Join(',', values)
            : FormattableString.Invariant($"{numbers.Min()}…{numbers.Max()}");
    }

    private static string Seconds(TimeSpan time) => Seconds(time.TotalSeconds);

    private static string Seconds(double seconds) => seconds.ToString("F3", CultureInfo.InvariantCulture) + " s";
}
