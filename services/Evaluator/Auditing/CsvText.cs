using System.Text;

namespace OrganSeg.Evaluator.Auditing;

/// <summary>Splits comma-separated values into cells that know where they are (RFC 4180).</summary>
internal static class CsvText
{
    /// <summary>Every record that is not an empty line.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, with file, line and column: a quote is out of
    /// place.</exception>
    public static IReadOnlyList<IReadOnlyList<CsvCell>> Split(string text, string file)
    {
        var records = new List<IReadOnlyList<CsvCell>>();
        var record = new List<CsvCell>();
        var line = 1;
        // A byte order mark, which spreadsheets write.
        var position = text.StartsWith('\uFEFF') ? 1 : 0;
        while (position < text.Length || record.Count > 0)
        {
            var (began, column) = (line, record.Count + 1);
            var cell = position < text.Length && text[position] == '"'
                ? Quoted(text, ref position, ref line, At(file, began, column))
                : Plain(text, ref position);
            record.Add(new CsvCell(cell, began, column));
            if (position < text.Length && text[position] == ',')
            {
                position++;
                // A comma at the very end has an empty cell after it.
                if (position < text.Length)
                {
                    continue;
                }

                record.Add(new CsvCell("", line, record.Count + 1));
            }

            position += position + 1 < text.Length && text[position] == '\r' && text[position + 1] == '\n' ? 2 : 1;
            line++;
            if (record is not [{ Text: "" }])
            {
                records.Add(record);
            }

            record = [];
        }

        return records;
    }

    /// <summary>How errors name a cell.</summary>
    public static string At(string file, int line, int column) => $"{file}, line {line}, column {column}";

    private static string Plain(string text, ref int position)
    {
        var start = position;
        var length = text.AsSpan(start).IndexOfAny(',', '\r', '\n');
        position = length < 0 ? text.Length : start + length;
        return text[start..position].Trim();
    }

    private static string Quoted(string text, ref int position, ref int line, string place)
    {
        var cell = new StringBuilder();
        for (position++; position < text.Length; position++)
        {
            if (text[position] != '"')
            {
                line += text[position] == '\n' ? 1 : 0;
                cell.Append(text[position]);
            }
            else if (position + 1 < text.Length && text[position + 1] == '"')
            {
                cell.Append('"');
                position++;
            }
            else
            {
                position++;
                return position == text.Length || text[position] is ',' or '\r' or '\n'
                    ? cell.ToString()
                    : throw OrganSegException.Invalid(place, "has text after its closing quote; quote the whole field.");
            }
        }

        throw OrganSegException.Invalid(place, "begins with a quote that is never closed; close or remove it.");
    }
}
