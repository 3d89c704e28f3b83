using System.Buffers.Binary;
using System.IO.Compression;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>Reads one CT series from a zip of DICOM files; other files in it are left alone. Nothing is unpacked to disk.</summary>
internal static class DicomArchive
{
    private const int MostEntries = 10_000;
    private const int MostEntryBytes = 256 << 20;
    private const int EndRecordBytes = 22;

    // Name, extra field and comment of an entry, beyond the fixed part; generous.
    private const int MostDirectoryBytes = MostEntries * 2048;

    public static async Task<IVolumeFile> ReadAsync(Stream stream, string file, long maxBytes, CancellationToken cancellationToken)
    {
        await using var spool = Spool();
        await CopyAsync(stream, spool, file, maxBytes, cancellationToken);
        CheckDirectory(spool, file);
        var reader = new DicomSeriesReader(maxBytes);
        try
        {
            using var archive = new ZipArchive(spool, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in archive.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var content = await ReadAsync(entry, file, cancellationToken);
                var name = $"{file}/{entry.FullName}";
                if (await reader.AddAsync(content, name, cancellationToken) is { Kind: DicomFileKind.Image, Modality: not "CT" })
                {
                    throw OrganSegException.Invalid(name, $"{DicomTag.Show(DicomTag.Modality)} is not CT; only CT is segmented.");
                }
            }
        }
        catch (InvalidDataException error)
        {
            throw new OrganSegException(ErrorKind.Invalid, $"{file}: is a damaged zip; make or copy it again.", error);
        }

        return reader.Series switch
        {
            [var series] => reader.Assemble(series, file),
            [] => throw OrganSegException.Invalid(file, "is a zip without any DICOM image."),
            var several => throw OrganSegException.Invalid(file, $"holds images of {several.Count} series; send one series at a time."),
        };
    }

    private static FileStream Spool() => new(
        Path.Combine(Path.GetTempPath(), $"organseg-{Guid.NewGuid():N}.zip"),
        new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        });

    private static async Task CopyAsync(Stream stream, FileStream spool, string file, long maxBytes, CancellationToken cancellationToken)
    {
        var buffer = new byte[1 << 18];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (spool.Length + read > maxBytes)
            {
                throw OrganSegException.Invalid(file, $"has more than {maxBytes >> 20} MiB.");
            }

            await spool.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
        }
    }

    /// <summary>The size of the zip's directory, before it is read into memory (APPNOTE.TXT, section 4.3.16).</summary>
    private static void CheckDirectory(FileStream spool, string file)
    {
        var tail = new byte[(int)Math.Min(spool.Length, ushort.MaxValue + EndRecordBytes)];
        spool.Position = spool.Length - tail.Length;
        spool.ReadExactly(tail);
        spool.Position = 0;
        var end = tail.AsSpan().LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end + EndRecordBytes > tail.Length)
        {
            throw OrganSegException.Invalid(file, "is a zip that is cut off; make or copy it again.");
        }

        var entries = BinaryPrimitives.ReadUInt16LittleEndian(tail.AsSpan(end + 10));
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(tail.AsSpan(end + 12));
        if (entries > MostEntries || bytes > MostDirectoryBytes)
        {
            throw OrganSegException.Invalid(file, $"has more than {MostEntries} entries; send one series at a time.");
        }
    }

    /// <summary>The start of an entry that is no DICOM, all of one that is.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(ZipArchiveEntry entry, string file, CancellationToken cancellationToken)
    {
        await using var stream = await entry.OpenAsync(cancellationToken);
        var start = new byte[132];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (!DicomFile.IsDicom(start.AsSpan(0, got)))
        {
            return start.AsMemory(0, got);
        }

        if (entry.Length > MostEntryBytes)
        {
            throw OrganSegException.Invalid($"{file}/{entry.FullName}", $"unpacks to {entry.Length >> 20} MiB; at most {MostEntryBytes >> 20} are read.");
        }

        // The directory's word for the length is not trusted beyond that.
        var content = new MemoryStream();
        content.Write(start);
        var buffer = new byte[1 << 16];
        while (await stream.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (content.Length + read > entry.Length)
            {
                throw OrganSegException.Invalid($"{file}/{entry.FullName}", "unpacks to more than the zip says; make it again.");
            }

            content.Write(buffer, 0, read);
        }

        return content.GetBuffer().AsMemory(0, (int)content.Length);
    }
}
