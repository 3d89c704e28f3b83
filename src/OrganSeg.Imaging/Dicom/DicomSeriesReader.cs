using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>
/// Collects CT images from files that are given one by one, in any order, and makes a volume of each series. An image is kept
/// decoded; nothing else of a file is. Not safe for several threads at once.
/// </summary>
/// <param name="maxBytes">Most bytes of voxels that are kept at a time, and of one file.</param>
public sealed class DicomSeriesReader(long maxBytes)
{
    private const int StartBytes = 132;

    private readonly List<Collected> _series = [];
    private long _bytes;

    /// <summary>The series of which CT images were added and not yet assembled, in the order of their first ones.</summary>
    public IReadOnlyList<DicomIdentity> Series => [.. _series.Select(series => series.Identity)];

    /// <summary>Says what a file is without decoding its pixels.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="file">Name that errors give.</param>
    /// <returns>Null of a file that is no DICOM Part 10 file.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: damaged, naming file and element.</exception>
    public static DicomIdentity? Identify(ReadOnlyMemory<byte> content, string file) =>
        DicomFile.IsDicom(content.Span) ? DicomFile.Open(content, file).Identity : null;

    /// <summary>Adds a file. What is no CT image is not kept, and what is returned says what it was.</summary>
    /// <param name="content">The whole file; not used after the call.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="cancellationToken">Ends a decoder that is at work.</param>
    /// <returns>Null of a file that is no DICOM Part 10 file.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: damaged, no image that can be used, or too many bytes
    /// with it, naming file and element; <see cref="ErrorKind.NotReady"/>: its pixels are compressed and GDCM is not installed.
    /// What was added before stays.</exception>
    public async Task<DicomIdentity?> AddAsync(ReadOnlyMemory<byte> content, string file, CancellationToken cancellationToken)
    {
        if (!DicomFile.IsDicom(content.Span))
        {
            return null;
        }

        var opened = DicomFile.Open(content, file);
        var identity = opened.Identity;
        if (identity is { Kind: DicomFileKind.Image, Modality: "CT" })
        {
            var slices = await DicomImages.ReadAsync(opened, maxBytes - _bytes, cancellationToken);
            _bytes += slices.Sum(slice => (long)slice.Pixels.Length);
            Collect(identity, slices);
        }

        return identity;
    }

    /// <summary>Adds a file as it comes in; of one that is no DICOM file only the first bytes are read.</summary>
    /// <param name="content">Read forwards only, and left open.</param>
    /// <param name="file">Name that errors give.</param>
    /// <param name="cancellationToken">Stops between reads, and ends a decoder that is at work.</param>
    /// <returns>Null of a file that is no DICOM Part 10 file.</returns>
    /// <exception cref="OrganSegException">As of the other overload; and a file above the most bytes.</exception>
    public async Task<DicomIdentity?> AddAsync(Stream content, string file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(content);
        var start = new byte[StartBytes];
        var got = await content.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (!DicomFile.IsDicom(start.AsSpan(0, got)))
        {
            return null;
        }

        using var whole = new MemoryStream();
        whole.Write(start);
        var buffer = new byte[1 << 16];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (whole.Length + read > Math.Min(maxBytes, Array.MaxLength))
            {
                throw OrganSegException.Invalid(file, $"has more than {Math.Min(maxBytes, Array.MaxLength) >> 20} MiB.");
            }

            whole.Write(buffer, 0, read);
        }

        return await AddAsync(whole.GetBuffer().AsMemory(0, (int)whole.Length), file, cancellationToken);
    }

    /// <summary>Makes a volume of a series, whose images the reader then lets go of, whether it succeeds or not.</summary>
    /// <param name="series">One of <see cref="Series"/>.</param>
    /// <param name="name">What errors call the series; its UID would tell too much.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: images of two patients, not on one raster, or two
    /// different ones in one place; named by their files.</exception>
    public IVolumeFile Assemble(DicomIdentity series, string name)
    {
        ArgumentNullException.ThrowIfNull(series);
        var index = _series.FindIndex(collected => collected.Identity.Series == series.Series);
        if (index < 0)
        {
            throw new ArgumentException("The series is not, or no longer, among those of the reader.", nameof(series));
        }

        var collected = _series[index];
        _series.RemoveAt(index);
        _bytes -= collected.Slices.Sum(slice => (long)slice.Pixels.Length);
        return collected.Stranger is null
            ? DicomSeries.Assemble(collected.Slices, name, maxBytes)
            : throw OrganSegException.Invalid(
                collected.Stranger, $"is of another patient or study than {collected.Slices[0].File}, yet has the same series UID; give every series a UID of its own.");
    }

    private void Collect(DicomIdentity identity, IReadOnlyList<DicomSlice> slices)
    {
        var collected = _series.Find(series => series.Identity.Series == identity.Series);
        if (collected is null)
        {
            _series.Add(new Collected(identity, [.. slices]));
            return;
        }

        var known = collected.Identity;
        if ((known.PatientId, known.Study) != (identity.PatientId, identity.Study))
        {
            collected.Stranger ??= slices[0].File;
        }

        bool? burned = known.BurnedInAnnotation == true || identity.BurnedInAnnotation == true ? true
            : known.BurnedInAnnotation == identity.BurnedInAnnotation ? known.BurnedInAnnotation
            : null;
        collected.Identity = known with { BurnedInAnnotation = burned };
        collected.Slices.AddRange(slices);
    }

    private sealed class Collected(DicomIdentity identity, List<DicomSlice> slices)
    {
        public DicomIdentity Identity { get; set; } = identity;

        public List<DicomSlice> Slices { get; } = slices;

        /// <summary>The first file of another patient or study; null where there is none.</summary>
        public string? Stranger { get; set; }
    }
}
