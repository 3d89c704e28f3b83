namespace OrganSeg.Evaluator.Auditing;

/// <summary>Reads a published table of scores out of CSV.</summary>
internal static class PrintedTable
{
    private const int MostRows = 10_000;
    private const int MostProblems = 20;

    private static readonly string[] Names = ["model", "organ", "precision", "recall", "f1"];

    /// <summary>
    /// Reads the columns model, organ, precision, recall and f1, in any order and among others; case does not matter. Values
    /// are fractions or percentages: as soon as one without a percent sign is above 1, all without one are percentages.
    /// </summary>
    /// <param name="text">The CSV.</param>
    /// <param name="file">Its name, for errors.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, with file, line and column of each problem.
    /// </exception>
    public static IReadOnlyList<PrintedRow> Parse(string text, string file)
    {
        var records = CsvText.Split(text, file);
        if (records.Count < 2 || records.Count > MostRows + 1)
        {
            throw OrganSegException.Invalid(
                file, $"must have a header and 1 to {MostRows} rows; it has {Math.Max(0, records.Count - 1)} rows.");
        }

        var columns = Columns(records[0], file);
        var scores = from record in records.Skip(1)
                     from name in Names[2..]
                     where columns[name] < record.Count
                     select record[columns[name]].Text;
        var percent = scores.Any(PrintedScore.IsAboveOne);
        var problems = new List<FieldViolation>();
        PrintedRow[] rows = [.. records.Skip(1).Select(record => Row(record, columns, percent, file, problems))];
        return problems.Count > 0 ? throw new OrganSegException([.. problems.Take(MostProblems)]) : rows;
    }

    private static Dictionary<string, int> Columns(IReadOnlyList<CsvCell> header, string file)
    {
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var cell in header.Where(cell => Names.Contains(cell.Text.Trim(), StringComparer.OrdinalIgnoreCase)))
        {
            if (!columns.TryAdd(cell.Text.Trim(), cell.Column - 1))
            {
                throw OrganSegException.Invalid(
                    CsvText.At(file, cell.Line, cell.Column), $"names the column {cell.Text.Trim()} again; keep one of them.");
            }
        }

        var missing = Names.Where(name => !columns.ContainsKey(name)).ToList();
        return missing.Count == 0 ? columns : throw OrganSegException.Invalid(
            $"{file}, line {header[0].Line}",
            $"the header lacks {string.Join(", ", missing)}; it must name {string.Join(", ", Names)}, separated by commas.");
    }

    private static PrintedRow Row(
        IReadOnlyList<CsvCell> record, Dictionary<string, int> columns, bool percent, string file, List<FieldViolation> problems)
    {
        return new PrintedRow(record[0].Line, Text("model"), Text("organ"), Score("precision"), Score("recall"), Score("f1"));

        string Text(string name)
        {
            if (columns[name] < record.Count)
            {
                return record[columns[name]].Text.Trim();
            }

            Add(name, $"is missing: the line has only {record.Count} fields.");
            return "";
        }

        PrintedScore? Score(string name)
        {
            var text = Text(name);
            if (PrintedScore.IsAbsent(text))
            {
                return null;
            }

            if (!PrintedScore.TryParse(text, percent, out var score, out var problem))
            {
                Add(name, problem);
            }

            return score;
        }

        void Add(string name, string problem)
        {
            var column = columns[name];
            var line = column < record.Count ? record[column].Line : record[^1].Line;
            problems.Add(new FieldViolation($"{CsvText.At(file, line, column + 1)} ({name})", problem));
        }
    }
}
