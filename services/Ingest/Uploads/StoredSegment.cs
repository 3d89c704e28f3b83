using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using OrganSeg.Storage;

namespace OrganSeg.Ingest.Uploads;

/// <summary>
/// A file of contents, one after the other, and its journal: what the journal names was flushed before, so a killed process
/// or a power cut leaves at most bytes that nothing names. Small files thus share a flush, and a file on the disk.
/// </summary>
internal sealed class StoredSegment(string folder, long number) : IDisposable
{
    private const string DataExtension = ".data";
    private const string JournalExtension = ".journal";

    // Digest, length of the whole, offset, and durable length, each 8 bytes but the digest; then a checksum of these.
    private const int CheckedBytes = ContentDigest.Bytes + (3 * sizeof(long));
    private const int EntryBytes = CheckedBytes + sizeof(ulong);

    private SafeFileHandle? _data;
    private SafeFileHandle? _journal;
    private long _journalLength;

    public long Number => number;

    public string DataPath { get; } = Path.Combine(folder, $"{number:D8}{DataExtension}");

    private string JournalPath { get; } = Path.Combine(folder, $"{number:D8}{JournalExtension}");

    /// <summary>Bytes that are taken.</summary>
    public long Length { get; private set; }

    /// <summary>What lies here.</summary>
    public HashSet<StoredContent> Contents { get; } = [];

    /// <summary>The segments of a folder with what their journals name. What no journal names is removed.</summary>
    public static IEnumerable<StoredSegment> Recover(string folder)
    {
        foreach (var data in Directory.GetFiles(folder, "*" + DataExtension).Order(StringComparer.Ordinal))
        {
            if (long.TryParse(Path.GetFileNameWithoutExtension(data), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                var segment = new StoredSegment(folder, number);
                segment.Recover();
                if (segment.Contents.Count > 0)
                {
                    yield return segment;
                }
                else
                {
                    segment.Delete();
                }
            }
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> data, long offset, CancellationToken cancellationToken)
    {
        await RandomAccess.WriteAsync(OpenBoth(), data, offset, cancellationToken);
        Length = Math.Max(Length, offset + data.Length);
    }

    /// <summary>Flushes all that was written, then says so of these contents in the journal, and flushes that.</summary>
    public void Commit(IReadOnlyCollection<StoredContent> contents)
    {
        if (_data is null || _journal is null)
        {
            throw new InvalidOperationException("Nothing was written to this segment.");
        }

        RandomAccess.FlushToDisk(_data);
        var entries = new byte[contents.Count * EntryBytes];
        var rest = entries.AsSpan();
        foreach (var content in contents)
        {
            Describe(content, rest[..EntryBytes]);
            rest = rest[EntryBytes..];
        }

        RandomAccess.Write(_journal, entries, _journalLength);
        RandomAccess.FlushToDisk(_journal);
        _journalLength += entries.Length;
    }

    /// <summary>Nothing more is written for now.</summary>
    public void Dispose()
    {
        _data?.Dispose();
        _journal?.Dispose();
        (_data, _journal) = (null, null);
    }

    public void Delete()
    {
        Dispose();
        // Without its journal nobody takes the data for anything.
        File.Delete(JournalPath);
        File.Delete(DataPath);
    }

    /// <summary>The data file, with the journal open beside it: both or neither, whatever the disk refuses.</summary>
    private SafeFileHandle OpenBoth()
    {
        if (_data is null)
        {
            var data = Open(DataPath);
            try
            {
                _journal = Open(JournalPath);
                DiskFlush.Folder(folder);
            }
            catch
            {
                data.Dispose();
                _journal?.Dispose();
                _journal = null;
                throw;
            }

            _data = data;
        }

        return _data;
    }

    private static SafeFileHandle Open(string path) =>
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);

    private static void Describe(StoredContent content, Span<byte> entry)
    {
        content.Digest.Write(entry);
        BinaryPrimitives.WriteInt64LittleEndian(entry[ContentDigest.Bytes..], content.Length);
        BinaryPrimitives.WriteInt64LittleEndian(entry[(ContentDigest.Bytes + sizeof(long))..], content.Offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[(ContentDigest.Bytes + (2 * sizeof(long)))..], content.Written);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[CheckedBytes..], Checksum(entry[..CheckedBytes]));
    }

    /// <summary>The first 8 bytes of SHA-256.</summary>
    private static ulong Checksum(ReadOnlySpan<byte> entry)
    {
        Span<byte> sha256 = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entry, sha256);
        return BinaryPrimitives.ReadUInt64LittleEndian(sha256);
    }

    private void Recover()
    {
        var journal = File.Exists(JournalPath) ? File.ReadAllBytes(JournalPath) : [];
        var there = new FileInfo(DataPath).Length;
        var contents = new Dictionary<ContentDigest, StoredContent>();
        ReadOnlySpan<byte> entry;
        for (; journal.Length - _journalLength >= EntryBytes; _journalLength += EntryBytes)
        {
            entry = journal.AsSpan((int)_journalLength, EntryBytes);
            if (BinaryPrimitives.ReadUInt64LittleEndian(entry[CheckedBytes..]) != Checksum(entry[..CheckedBytes]))
            {
                // The process died while it wrote this one: nobody was told of it.
                break;
            }

            var digest = ContentDigest.From(entry);
            var offset = BinaryPrimitives.ReadInt64LittleEndian(entry[(ContentDigest.Bytes + sizeof(long))..]);
            var durable = BinaryPrimitives.ReadInt64LittleEndian(entry[(ContentDigest.Bytes + (2 * sizeof(long)))..]);
            if (offset + durable <= there)
            {
                contents[digest] = new StoredContent(digest, BinaryPrimitives.ReadInt64LittleEndian(entry[ContentDigest.Bytes..]))
                {
                    Segment = this,
                    Offset = offset,
                    Written = durable,
                    Durable = durable,
                };
                Length = Math.Max(Length, offset + durable);
            }
        }

        Contents.UnionWith(contents.Values);
    }
}
