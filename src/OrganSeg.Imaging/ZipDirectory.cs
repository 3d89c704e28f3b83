using System.Buffers.Binary;

namespace OrganSeg.Imaging;

/// <summary>What the end of a zip says of its directory (APPNOTE.TXT, 4.3.14 to 4.3.16), before the whole of it is read.</summary>
public static class ZipDirectory
{
    private const int EndBytes = 22;
    private const int LocatorBytes = 20;
    private const int End64Bytes = 56;

    private const int EntryBytes = 46;
    private const int WalkBytes = 1 << 16;

    /// <param name="zip">Seekable; its place is its start afterwards.</param>
    /// <param name="admit">Is told the number of entries, before they are looked at; throws where there are too many.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="InvalidDataException">It is no zip, cut off, or says what cannot be.</exception>
    public static async Task CheckAsync(Stream zip, Action<long> admit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(zip);
        ArgumentNullException.ThrowIfNull(admit);
        var tail = new byte[(int)Math.Min(zip.Length, ushort.MaxValue + EndBytes + LocatorBytes + End64Bytes)];
        var tailStart = zip.Length - tail.Length;
        zip.Position = tailStart;
        await zip.ReadExactlyAsync(tail, cancellationToken);
        zip.Position = 0;
        var end = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end + EndBytes > tail.Length)
        {
            throw new InvalidDataException("There is no end of a directory.");
        }

        var (disk, firstDisk) = (BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 4)), BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 6)));
        long entries = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 10));
        long bytes = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 12));
        long start = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 16));
        if (entries == ushort.MaxValue || bytes == uint.MaxValue || start == uint.MaxValue || disk == ushort.MaxValue || firstDisk == ushort.MaxValue)
        {
            // Of zips with many or large files a second record, just before, has the numbers, and a locator says where that is.
            end -= LocatorBytes + End64Bytes;
            if (end < 0
                || !tail.AsSpan(end).StartsWith("PK\u0006\u0006"u8)
                || !tail.AsSpan(end + End64Bytes).StartsWith("PK\u0006\u0007"u8)
                || BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end + End64Bytes + 8)) != tailStart + end)
            {
                throw new InvalidDataException("There is no record of the 64-bit numbers.");
            }

            entries = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end + 32));
            bytes = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end + 40));
            start = BinaryPrimitives.ReadInt64LittleEndian(tail.AsSpan(end + 48));
        }
        else if (disk != 0 || firstDisk != 0)
        {
            throw new InvalidDataException("It is a part of an archive of several.");
        }

        // Else the reader would meet another directory than the one that was looked at.
        if (entries < 0 || bytes < 0 || start < 0 || start + bytes != tailStart + end)
        {
            throw new InvalidDataException("The directory does not lie before its end.");
        }

        admit(entries);
        await CountAsync(zip, start, entries, bytes, cancellationToken);
        zip.Position = 0;
    }

    /// <summary>Walks the directory, which the reader takes into memory as a whole: it must have the entries that it says.</summary>
    private static async Task CountAsync(Stream zip, long start, long entries, long bytes, CancellationToken cancellationToken)
    {
        zip.Position = start;
        var buffered = new BufferedStream(zip, WalkBytes);
        var header = new byte[EntryBytes];
        for (var left = bytes; left > 0 || entries > 0; entries--)
        {
            if (entries == 0 || left < EntryBytes)
            {
                throw new InvalidDataException("The directory has other entries than its end says.");
            }

            await buffered.ReadExactlyAsync(header, cancellationToken);
            var rest = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(28))
                + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(30)) + BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(32));
            left -= EntryBytes + rest;
            if (!header.AsSpan().StartsWith("PK\u0001\u0002"u8) || left < 0)
            {
                throw new InvalidDataException("The directory has something else than entries.");
            }

            buffered.Seek(rest, SeekOrigin.Current);
        }
    }
}
