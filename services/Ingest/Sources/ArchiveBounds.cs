using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Sources;

/// <summary>
/// What one archive may hold, and how much of that it has held so far. Sizes that an archive states are checked before
/// anything is unpacked, and what is unpacked is counted, whatever was stated.
/// </summary>
/// <param name="archive">What errors name.</param>
/// <param name="packedBytes">Its size.</param>
/// <param name="limits">The service's.</param>
internal sealed class ArchiveBounds(string archive, long packedBytes, IngestOptions limits)
{
    // A byte of deflate stands for at most 1032; whole archives of honest files come nowhere near this.
    private const int MaxRatio = 500;
    private const long FreeBytes = 256L << 20;

    private int _entries;
    private long _bytes;

    /// <summary>Bytes that it may unpack to in all.</summary>
    public long MaxBytes { get; } = Math.Min(limits.MaxBytesOf(SourceKind.Archive), Math.Max(FreeBytes, packedBytes * MaxRatio));

    /// <summary>One more entry, folders and such among them.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: too many.</exception>
    public void AddEntry() => CheckEntries(++_entries);

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: too many.</exception>
    public void CheckEntries(long entries)
    {
        if (entries > limits.MaxFiles)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(archive), $"has more than {limits.MaxFiles} entries, the most in one archive; pack it in parts.");
        }
    }

    /// <summary>Before a file is unpacked: what it says that it unpacks to.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: too much.</exception>
    public void CheckFile(EntryPath path, SourceKind kind, long bytes)
    {
        var most = limits.MaxBytesOf(kind);
        if (bytes < 0 || bytes > most)
        {
            throw EntryPath.Wrong(archive, path.Name, $"unpacks to {bytes} bytes, where {most} are the most");
        }
    }

    /// <summary>Bytes were unpacked.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: too many in all.</exception>
    public void AddBytes(long bytes)
    {
        _bytes += bytes;
        if (_bytes > MaxBytes)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(archive),
                $"has {packedBytes} bytes and unpacks to more than {MaxBytes}, as a bomb does; send the files themselves, or pack them in parts.");
        }
    }
}
