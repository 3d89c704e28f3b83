using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>A source of an import that Ingest fetches itself: <c>dicomweb:SERVER?StudyInstanceUID=…</c>.</summary>
internal static class DicomWebSource
{
    private const string Scheme = "dicomweb:";
    private const string Study = "StudyInstanceUID";
    private const string Series = "SeriesInstanceUID";
    private const string Patient = "PatientID";

    /// <summary>Whether a source is one.</summary>
    public static bool Is(string source) => source.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: it names no server, or asks by something else.</exception>
    public static DicomWebQuery Parse(string source)
    {
        var (server, filters) = source[Scheme.Length..].Split('?', 2) switch
        {
            [var name, var rest] => (name, rest),
            [var name] => (name, ""),
            _ => ("", ""),
        };
        var query = new DicomWebQuery { Server = server };
        foreach (var filter in filters.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (key, value) = filter.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (filter, "");
            switch (key)
            {
                case Study: query.Study = value; break;
                case Series: query.Series = value; break;
                case Patient: query.Patient = value; break;
                default: throw OrganSegException.Invalid(source, $"asks by {key}; use {Study}, {Series} or {Patient}");
            }
        }

        return server.Length > 0 && (query.Study + query.Series + query.Patient).Length > 0
            ? query
            : throw OrganSegException.Invalid(source, $"must be {Scheme}SERVER?{Study}=…, or with {Series} or {Patient}");
    }
}
