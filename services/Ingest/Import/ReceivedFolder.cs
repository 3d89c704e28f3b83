using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>A folder of DICOM files, of one series or of several. For the one receiver.</summary>
/// <param name="shown">What errors name.</param>
/// <param name="names">What its label volume may be called, without extension.</param>
/// <param name="role">Image or negative.</param>
/// <param name="fetched">Whether it came from a server that was asked for more than this series.</param>
internal sealed class ReceivedFolder(string shown, IReadOnlyList<string> names, FileRole role, bool fetched = false)
{
    private readonly Dictionary<string, ReceivedSeries> _series = new(StringComparer.Ordinal);

    public string Shown { get; } = shown;

    public IReadOnlyList<string> Names { get; } = names;

    public FileRole Role { get; } = role;

    /// <summary>Whether it came from a server that was asked for more than this series: without labels it is left out.</summary>
    public bool Fetched { get; } = fetched;

    public IReadOnlyCollection<ReceivedSeries> Series => _series.Values;

    /// <summary>The series of a file, which may be new.</summary>
    public ReceivedSeries SeriesOf(Imaging.Dicom.DicomIdentity identity)
    {
        if (!_series.TryGetValue(identity.Series, out var series))
        {
            _series.Add(identity.Series, series = new ReceivedSeries(identity));
        }

        series.BurnedIn |= identity.BurnedInAnnotation == true;
        return series;
    }
}
