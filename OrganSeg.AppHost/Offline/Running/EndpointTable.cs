namespace OrganSeg.AppHost.Offline;

/// <summary>The endpoints as a table for people.</summary>
internal static class EndpointTable
{
    public static IEnumerable<string> Lines(
        IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> endpoints)
    {
        string[] columns = [.. endpoints.Values.SelectMany(urls => urls.Keys).Distinct().Order(StringComparer.Ordinal)];
        string[][] rows =
        [
            ["service", .. columns],
            .. endpoints.Select(pair => (string[])
                [pair.Key, .. columns.Select(column => pair.Value.GetValueOrDefault(column, "-"))]),
        ];
        int[] widths = [.. Enumerable.Range(0, columns.Length + 1).Select(i => rows.Max(row => row[i].Length))];
        return rows.Select(row => string.Join("   ", row.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd());
    }
}
