using System.IO.Compression;
using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>Reads one CT series from a zip of DICOM files; other files in it are left alone. Nothing is unpacked to disk.</summary>
internal static class DicomArchive
{
    private const int MostEntries = 10_000;

    // An array's, with room to spare; and beside the voxels.
    private const long MostEntryBytes = 1 << 30;
    private const int HeaderBytes = 16 << 20;

    // Reports and segmentations beside the series, and headers of slices.
    private const int BesideBytes = 256 << 20;

    public static async Task<IVolumeFile> ReadAsync(Stream stream, string file, long maxBytes, CancellationToken cancellationToken)
    {
        await using var spool = Spool();
        await CopyAsync(stream, spool, file, maxBytes, cancellationToken);
        var reader = new DicomSeriesReader(maxBytes);
        var unpacked = 0L;
        try
        {
            await ZipDirectory.CheckAsync(spool, Admit, cancellationToken);
            using var archive = new ZipArchive(spool, ZipArchiveMode.Read, leaveOpen: true);
            foreach (var entry in archive.Entries)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var content = await ReadAsync(entry, file, Math.Min(maxBytes + HeaderBytes, MostEntryBytes), cancellationToken);
                unpacked += content.Length;
                if (unpacked > maxBytes + BesideBytes)
                {
                    throw OrganSegException.Invalid(file, $"unpacks to more than {(maxBytes + BesideBytes) >> 20} MiB; send one series at a time.");
                }

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

        void Admit(long entries)
        {
            if (entries > MostEntries)
            {
                throw OrganSegException.Invalid(file, $"has more than {MostEntries} entries; send one series at a time.");
            }
        }
    }

    /// <summary>A file that only this account can read. Where that can be, it has no name from the beginning, so that nothing is left of it.</summary>
    private static FileStream Spool()
    {
        var path = Path.Combine(Path.GetTempPath(), $"organseg-{Guid.NewGuid():N}.zip");
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            Options = FileOptions.DeleteOnClose | FileOptions.Asynchronous,
        };
        if (OperatingSystem.IsWindows())
        {
            return new FileStream(path, options);
        }

        options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var spool = new FileStream(path, options);
        File.Delete(path);
        return spool;
    }

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

    /// <summary>The start of an entry that is no DICOM, all of one that is.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(ZipArchiveEntry entry, string file, long most, CancellationToken cancellationToken)
    {
        await using var stream = await entry.OpenAsync(cancellationToken);
        var start = new byte[132];
        var got = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken);
        if (!DicomFile.IsDicom(start.AsSpan(0, got)))
        {
            return start.AsMemory(0, got);
        }

        if (entry.Length > most)
        {
            throw OrganSegException.Invalid($"{file}/{entry.FullName}", $"unpacks to {entry.Length >> 20} MiB; at most {most >> 20} are read.");
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
