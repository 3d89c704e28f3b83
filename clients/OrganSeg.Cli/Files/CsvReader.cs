using System.Text;

namespace OrganSeg.Cli.Files;

/// <summary>Reads comma-separated values as RFC 4180 describes them: quoted fields, doubled quotes, line breaks in
/// quotes.</summary>
internal static class CsvReader
{
    /// <summary>Reads every record that is not an empty line.</summary>
    /// <returns>Fields, and the number of the line the record begins on, counted from 1.</returns>
    /// <exception cref="FormatException">A quote is out of place; the message names the line.</exception>
    public static IEnumerable<(int Line, IReadOnlyList<string> Fields)> Read(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var (line, began, quoted) = (1, 1, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            if (quoted)
            {
                if (i == text.Length)
                {
                    throw new FormatException($"line {began}: a quoted field does not end");
                }

                if (c != '"')
                {
                    line += c == '\n' ? 1 : 0;
                    field.Append(c);
                }
                else if (i + 1 < text.Length && text[i + 1] == '"')
                {
                    field.Append('"');
                    i++;
                }
                else
                {
                    quoted = false;
                    if (i + 1 < text.Length && text[i + 1] is not (',' or '\r' or '\n'))
                    {
                        throw new FormatException($"line {line}: text after the end of a quoted field");
                    }
                }
            }
            else if (c == '"')
            {
                if (field.Length > 0)
                {
                    throw new FormatException($"line {line}: a quote inside an unquoted field");
                }

                quoted = true;
            }
            else if (c == ',' || c == '\n')
            {
                fields.Add(field.ToString());
                field.Clear();
                if (c == '\n')
                {
                    if (fields is not [{ Length: 0 }])
                    {
                        yield return (began, fields);
                    }

                    fields = [];
                    began = ++line;
                }
            }
            else if (c != '\r' || (i + 1 < text.Length && text[i + 1] != '\n'))
            {
                field.Append(c);
            }
        }
    }
}
