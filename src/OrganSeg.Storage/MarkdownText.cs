using System.Buffers;
using System.Globalization;
using System.Text;

namespace OrganSeg.Storage;

/// <summary>Parts of GitHub-flavoured Markdown that hold any text, such as names people gave, without its becoming markup.</summary>
public static class MarkdownText
{
    /// <summary>What is written for a value that is undefined.</summary>
    public const string Undefined = "–";

    // What begins markup within a line; a backslash before it is legal and not shown. Signs that do so only at the beginning of a
    // line, such as a hyphen, are left alone: text is never put there.
    private static readonly SearchValues<char> Signs = SearchValues.Create("\\`*_[]<>#|~&$");

    /// <summary>Text within a line, a table's cell or a link's text. Line breaks become spaces.</summary>
    public static string Escape(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        var escaped = new StringBuilder(text.Length + 8);
        for (int i = 0; i < text.Length; i++)
        {
            // A colon and slashes would make an address a link.
            if (Signs.Contains(text[i]) || (text[i] == ':' && i + 1 < text.Length && text[i + 1] == '/'))
            {
                escaped.Append('\\');
            }

            escaped.Append(char.IsControl(text[i]) || text[i] is '\u2028' or '\u2029' ? ' ' : text[i]);
        }

        return escaped.ToString();
    }

    /// <summary>Text as code, such as a digest; in a table's cell too.</summary>
    public static string Code(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var clean = new StringBuilder(text.Length);
        var (ticks, longest) = (0, 0);
        foreach (char sign in text)
        {
            clean.Append(char.IsControl(sign) ? ' ' : sign);
            ticks = sign == '`' ? ticks + 1 : 0;
            longest = Math.Max(longest, ticks);
        }

        if (string.IsNullOrWhiteSpace(text))
        {
            return "";
        }

        // A table ends a cell at a bar even within code, unless it is escaped.
        string content = clean.Replace("|", "\\|").ToString();
        string fence = new('`', longest + 1);
        string space = content[0] is '`' or ' ' || content[^1] is '`' or ' ' ? " " : "";
        return fence + space + content + space + fence;
    }

    /// <summary>A score with four digits.</summary>
    public static string Score(double? value) => value is { } defined ? defined.ToString("F4", CultureInfo.InvariantCulture) : Undefined;

    /// <summary>The limits of an interval with four digits.</summary>
    public static string Interval(double? low, double? high) =>
        low is { } from && high is { } to ? $"{Score(from)} … {Score(to)}" : Undefined;

    /// <summary>A count with separators of thousands.</summary>
    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A table whose cells are Markdown already; the columns after the first are aligned to the right.</summary>
    /// <param name="headers">The first row.</param>
    /// <param name="rows">As many cells each.</param>
    /// <exception cref="ArgumentException">A row has another number of cells.</exception>
    public static string Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        ArgumentNullException.ThrowIfNull(headers);
        ArgumentNullException.ThrowIfNull(rows);
        var table = new StringBuilder();
        AddRow(table, headers);
        AddRow(table, [.. headers.Select((_, i) => i == 0 ? "---" : "---:")]);
        foreach (IReadOnlyList<string> row in rows)
        {
            if (row.Count != headers.Count)
            {
                throw new ArgumentException("A row must have a cell for each header.", nameof(rows));
            }

            AddRow(table, row);
        }

        return table.ToString();
    }

    private static void AddRow(StringBuilder table, IReadOnlyList<string> cells) =>
        table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
