namespace OrganSeg.Ingest.DicomWeb;

/// <summary>Which series to fetch, by what QIDO-RS can match (PS3.18, section 10.6).</summary>
/// <param name="Server">Name of a configured server.</param>
/// <param name="Study">UID; null for any.</param>
/// <param name="Series">UID; null for any.</param>
/// <param name="Patient">Patient's identifier; null for any.</param>
internal sealed record DicomWebQuery(string Server, string? Study, string? Series, string? Patient)
{
    private const int MostPatient = 64;

    /// <summary>Whether a text is a UID (PS3.5, section 9.1), and with that safe in an address.</summary>
    public static bool IsUid(string text) =>
        text.Length is > 0 and <= 64 && text.All(letter => letter is '.' or (>= '0' and <= '9'));

    /// <summary>What is wrong with it.</summary>
    public IEnumerable<FieldViolation> Violations()
    {
        if (Study is not null && !IsUid(Study))
        {
            yield return new("dicomWeb.study", "is no UID: digits and dots, 64 at most.");
        }

        if (Series is not null && !IsUid(Series))
        {
            yield return new("dicomWeb.series", "is no UID: digits and dots, 64 at most.");
        }

        if (Patient is { Length: 0 or > MostPatient } || Patient?.Any(letter => char.IsControl(letter) || letter is '*' or '?' or '\\') == true)
        {
            yield return new("dicomWeb.patient", $"must have 1 to {MostPatient} characters and no wildcard.");
        }

        if (Study is null && Series is null && Patient is null)
        {
            yield return new("dicomWeb", "asks for everything that the server has; name a study, a series or a patient.");
        }
    }

    /// <summary>Address of one page of the series of a modality, below the server's root.</summary>
    public string PageOf(string modality, int limit, int offset)
    {
        var filters = new List<string> { $"Modality={modality}" };
        if (Series is not null)
        {
            filters.Add($"SeriesInstanceUID={Series}");
        }

        if (Patient is not null)
        {
            filters.Add($"PatientID={Uri.EscapeDataString(Patient)}");
        }

        return $"{(Study is null ? "" : $"studies/{Study}/")}series?{string.Join('&', filters)}&limit={limit}&offset={offset}";
    }
}
