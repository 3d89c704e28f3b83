using OrganSeg.Imaging;
using OrganSeg.Ingest.Privacy;
using OrganSeg.Ingest.Uploads;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Import;

/// <summary>What cases and slices are called in the dataset.</summary>
/// <param name="pseudonyms">Gives the pseudonyms; asked only where some are needed.</param>
/// <param name="always">Whether names out of file names become pseudonyms, too.</param>
internal sealed class CaseNames(Func<Pseudonyms> pseudonyms, bool always)
{
    // Room for the numbers of all slices, so that names are in the order of slices.
    private const int LeastDigits = 3;

    /// <summary>A slice of a PNG file.</summary>
    public ReceivedSlice Slice(string fileName)
    {
        var name = FileName.StemOf(fileName);
        var source = SliceName.CaseOf(fileName);
        if (!always)
        {
            return new ReceivedSlice(fileName, name, new ReceivedCase(source, source, source));
        }

        // What follows the case is kept where it is a number and nothing more.
        var pseudonym = pseudonyms().OfCase(source);
        var rest = name.StartsWith(source, StringComparison.Ordinal) ? name[source.Length..] : name;
        var isNumber = rest.StartsWith("_slice", StringComparison.Ordinal) && rest.AsSpan(6).ContainsAnyExceptInRange('0', '9') is false;
        var shown = rest.Length == 0 || isNumber ? rest : $"_{pseudonyms().OfCase(name)}";
        return new ReceivedSlice(fileName, pseudonym + shown, new ReceivedCase(source, pseudonym, pseudonym));
    }

    /// <summary>The case of a NIfTI volume.</summary>
    /// <param name="source">What its file calls it.</param>
    /// <param name="content">The volume.</param>
    public ReceivedCase Volume(string source, NormalisedVolume content)
    {
        var name = always ? pseudonyms().OfCase(source) : source;
        return new ReceivedCase(source, name, name, new CaseOrigin
        {
            Geometry = Geometry(content, CaseGeometry.Nifti),
            Warnings = content.Warnings.Count > 0 ? content.Warnings : null,
        });
    }

    /// <summary>The case of a DICOM series.</summary>
    /// <param name="series">The series, which was read.</param>
    /// <param name="source">What its folder is called.</param>
    /// <param name="left">Series of its folder that are left out.</param>
    public ReceivedCase Series(ReceivedSeries series, string source, int left)
    {
        // Without an identifier at least what was examined together is one patient's.
        var patient = FirstNamed(series.Identity.PatientId, series.Identity.Study, series.Identity.Series);
        var pseudonym = pseudonyms().OfPatient(patient);
        var name = pseudonyms().OfSeries(patient, series.Identity.Series);
        var content = series.Content!;
        string[] warnings = left == 0 ? [.. content.Warnings] : [.. content.Warnings, $"{left} other series of its folder have no labels and were left out."];
        return new ReceivedCase(source, name, pseudonym, new CaseOrigin
        {
            Patient = pseudonym,
            Geometry = Geometry(content, CaseGeometry.Dicom),
            BurnedInAnnotation = series.BurnedIn ? true : null,
            Warnings = warnings.Length > 0 ? warnings : null,
        });
    }

    /// <summary>What follows a case's name in the name of its slice.</summary>
    public static string Suffix(int place, int count) =>
        "_slice" + place.ToString($"D{Math.Max(LeastDigits, (count - 1).ToString().Length)}");

    private static string FirstNamed(params ReadOnlySpan<string> candidates)
    {
        foreach (var candidate in candidates)
        {
            if (candidate.Length > 0)
            {
                return candidate;
            }
        }

        return "";
    }

    private static CaseGeometry Geometry(NormalisedVolume content, string source) => new()
    {
        Source = source,
        Lengths = content.Geometry.Lengths,
        Affine = content.Geometry.Affine,
        Orientation = content.Geometry.Orientation,
        RowSpacingMm = content.Geometry.Spacing.RowMm,
        ColumnSpacingMm = content.Geometry.Spacing.ColumnMm,
        SliceDistanceMm = content.Geometry.SliceDistance,
    };
}
