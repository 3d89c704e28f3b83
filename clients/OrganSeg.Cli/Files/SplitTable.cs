using OrganSeg.V1;

namespace OrganSeg.Cli.Files;

/// <summary>A split given as a CSV with the headers <c>file</c> or <c>case</c>, and <c>split</c>.</summary>
internal static class SplitTable
{
    private static readonly string[] Splits = ["train", "validation", "test"];

    /// <summary>Reads a table. With both <c>file</c> and <c>case</c> the file decides; other columns are ignored.</summary>
    /// <exception cref="OrganSegException">The file is missing or a line of it is wrong; every such line is named.</exception>
    public static async Task<IReadOnlyList<SplitEntry>> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            return Parse(await File.ReadAllTextAsync(path, cancellationToken), path);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new OrganSegException(ErrorKind.Missing, $"{path}: no such file", error);
        }
    }

    /// <param name="text">The table.</param>
    /// <param name="name">Names it in errors.</param>
    public static IReadOnlyList<SplitEntry> Parse(string text, string name)
    {
        List<(int Line, IReadOnlyList<string> Fields)> records;
        try
        {
            records = [.. CsvReader.Read(text)];
        }
        catch (FormatException error)
        {
            throw OrganSegException.Invalid(name, error.Message);
        }

        var headers = records.Count == 0 ? [] : records[0].Fields.Select(h => h.Trim().ToLowerInvariant()).ToList();
        var key = headers.IndexOf("file") is >= 0 and var file ? file : headers.IndexOf("case");
        var split = headers.IndexOf("split");
        if (key < 0 || split < 0)
        {
            throw OrganSegException.Invalid(name, "line 1: the headers 'file' or 'case', and 'split' are needed");
        }

        var table = new Table(name, headers[key] == "file");
        foreach (var (line, fields) in records.Skip(1))
        {
            table.Add(line, FieldAt(fields, key), FieldAt(fields, split));
        }

        return table.Entries();
    }

    private static string FieldAt(IReadOnlyList<string> fields, int index) =>
        index < fields.Count ? fields[index].Trim() : string.Empty;

    private sealed class Table(string name, bool byFile)
    {
        private readonly Dictionary<string, (int Line, string Split)> _rows = [];
        private readonly List<FieldViolation> _violations = [];

        public void Add(int line, string key, string split)
        {
            if (key.Length == 0)
            {
                Reject(line, $"no {(byFile ? "file" : "case")}");
            }
            else if (!Splits.Contains(split))
            {
                Reject(line, $"'{split}' is no split; use {string.Join(", ", Splits)}");
            }
            else if (!_rows.TryAdd(key, (line, split)) && _rows[key].Split != split)
            {
                Reject(line, $"{key} is in {_rows[key].Split} already (line {_rows[key].Line})");
            }
        }

        public IReadOnlyList<SplitEntry> Entries()
        {
            if (_violations.Count == 0 && _rows.Count == 0)
            {
                _violations.Add(new(name, "no line below the headers"));
            }

            return _violations.Count > 0
                ? throw new OrganSegException(_violations)
                : [.. _rows.Select(row => byFile
                    ? new SplitEntry { File = row.Key, Split = row.Value.Split }
                    : new SplitEntry { CaseId = row.Key, Split = row.Value.Split })];
        }

        private void Reject(int line, string reason) => _violations.Add(new(name, $"line {line}: {reason}"));
    }
}
