using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using OrganSeg.Imaging;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;

namespace OrganSeg.Ingest.Sources;

/// <summary>
/// Unpacks zip, tar and tar.gz, file by file: small ones into memory, large ones into the spool folder, under no name of
/// theirs. What is no slice and no volume is left alone.
/// </summary>
internal sealed class ArchiveReader(IngestOptions limits, SpoolFolder spools)
{
    /// <summary>Bytes of a file that tell DICOM apart.</summary>
    public const int StartBytes = 132;

    private const int CopyBytes = 1 << 16;
    private const int UnixType = 0xF000;
    private const int UnixFile = 0x8000;
    private const int UnixFolder = 0x4000;

    /// <summary>Whether a file begins as DICOM does (PS3.10, section 7.1).</summary>
    public static bool IsDicom(ReadOnlySpan<byte> start) => start.Length >= StartBytes && start[128..StartBytes].SequenceEqual("DICM"u8);

    /// <param name="archive">The file, which stays the caller's.</param>
    /// <param name="cancellationToken">Ends it between reads.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming archive and entry: damaged, encrypted, too
    /// much of anything, a path that leads out of it, a link or a device, an archive within, or nothing of use.</exception>
    public async IAsyncEnumerable<ArchiveFile> ReadAsync(UploadedFile archive, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var bounds = new ArchiveBounds(archive.Name, archive.Length, limits);
        await using var stream = archive.Open();
        var files = (archive.Name.EndsWith(".zip", StringComparison.OrdinalIgnoreCase)
            ? ReadZipAsync(archive, stream, bounds, cancellationToken)
            : ReadTarAsync(archive, stream, bounds, cancellationToken)).GetAsyncEnumerator(cancellationToken);
        await using var closing = files.ConfigureAwait(false);
        var found = false;
        while (await NextAsync(files, archive))
        {
            found = true;
            yield return files.Current;
        }

        if (!found)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(archive.Name), "holds nothing to import; pack PNG slices, NIfTI volumes or DICOM series.");
        }
    }

    /// <summary>The next file; what the libraries throw at damaged archives becomes an error that names the archive.</summary>
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<ArchiveFile> files, UploadedFile archive)
    {
        try
        {
            return await files.MoveNextAsync();
        }
        catch (Exception error) when (error is InvalidDataException or EndOfStreamException or FormatException or ArgumentException or OverflowException)
        {
            throw new OrganSegException(
                ErrorKind.Invalid, $"{FileName.Shown(archive.Name)}: is damaged or no archive of its kind; make or copy it again.", error);
        }
    }

    private async IAsyncEnumerable<ArchiveFile> ReadZipAsync(
        UploadedFile archive, Stream stream, ArchiveBounds bounds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ZipDirectory.CheckAsync(stream, bounds.CheckEntries, cancellationToken);
        await using var zip = await ZipArchive.CreateAsync(stream, ZipArchiveMode.Read, leaveOpen: true, null, cancellationToken);
        foreach (var entry in zip.Entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            bounds.AddEntry();
            var path = EntryPath.Parse(entry.FullName, archive.Name);
            if ((entry.ExternalAttributes >> 16 & UnixType) is not (0 or UnixFile or UnixFolder))
            {
                throw EntryPath.Wrong(archive.Name, path.Name, "is a link or a device");
            }

            if (entry.IsEncrypted)
            {
                throw EntryPath.Wrong(archive.Name, path.Name, "is encrypted");
            }

            if (path.Name.Length > 0 && !path.IsLitter)
            {
                await using var content = await entry.OpenAsync(cancellationToken);
                if (await UnpackAsync(archive, path, content, entry.Length, bounds.AddBytes, bounds, cancellationToken) is { } file)
                {
                    yield return file;
                }
            }
        }
    }

    private async IAsyncEnumerable<ArchiveFile> ReadTarAsync(
        UploadedFile archive, Stream stream, ArchiveBounds bounds, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var start = new byte[2];
        var isPacked = await stream.ReadAtLeastAsync(start, start.Length, throwOnEndOfStream: false, cancellationToken) == 2 && start is [0x1f, 0x8b];
        stream.Position = 0;
        await using var plain = isPacked ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : stream;
        await using var counted = new BoundedTarStream(plain, bounds);
        await using var tar = new TarReader(counted, leaveOpen: true);
        while (await tar.GetNextEntryAsync(copyData: false, cancellationToken) is { } entry)
        {
            if (entry.EntryType == TarEntryType.GlobalExtendedAttributes)
            {
                continue;
            }

            bounds.AddEntry();
            var path = EntryPath.Parse(entry.Name, archive.Name);
            switch (entry.EntryType)
            {
                case TarEntryType.Directory:
                    continue;
                case not (TarEntryType.RegularFile or TarEntryType.V7RegularFile or TarEntryType.ContiguousFile):
                    throw EntryPath.Wrong(archive.Name, path.Name, "is a link or a device");
            }

            // What comes out of the stream is counted already.
            if (!path.IsLitter
                && await UnpackAsync(archive, path, entry.DataStream ?? Stream.Null, entry.Length, _ => { }, bounds, cancellationToken) is { } file)
            {
                yield return file;
            }
        }
    }

    private async Task<ArchiveFile?> UnpackAsync(
        UploadedFile archive,
        EntryPath path,
        Stream content,
        long length,
        Action<long> count,
        ArchiveBounds bounds,
        CancellationToken cancellationToken)
    {
        var start = new byte[(int)Math.Min(StartBytes, length)];
        await content.ReadExactlyAsync(start, cancellationToken);
        count(start.Length);
        var kind = IsDicom(start) ? SourceKind.Dicom : SourceName.KindOf(path.Name);
        switch (kind)
        {
            case SourceKind.Archive:
                throw EntryPath.Wrong(archive.Name, path.Name, "is an archive within the archive");
            case null:
                return null;
        }

        bounds.CheckFile(path, kind.Value, length);
        var role = path.RoleIn(archive.Role);
        var file = length <= UploadReader.MaxBytesInMemory
            ? UploadedFile.InMemory(role, path.Name, await ReadAsync(start, content, (int)length, count, cancellationToken))
            : UploadedFile.Spooled(role, path.Name, await SpoolAsync(start, content, length, count, cancellationToken));
        return new ArchiveFile(file, kind.Value, path.Folder);
    }

    private static async Task<byte[]> ReadAsync(
        byte[] start, Stream content, int length, Action<long> count, CancellationToken cancellationToken)
    {
        var bytes = new byte[length];
        start.CopyTo(bytes, 0);
        await content.ReadExactlyAsync(bytes.AsMemory(start.Length), cancellationToken);
        count(length - start.Length);
        await ExpectEndAsync(content, cancellationToken);
        return bytes;
    }

    private async Task<SpooledFile> SpoolAsync(
        byte[] start, Stream content, long length, Action<long> count, CancellationToken cancellationToken)
    {
        var file = spools.CreateFile();
        try
        {
            await file.AppendAsync(start, cancellationToken);
            var buffer = new byte[CopyBytes];
            while (file.Length < length)
            {
                var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, length - file.Length)), cancellationToken);
                count(read > 0 ? read : throw new EndOfStreamException());
                await file.AppendAsync(buffer.AsMemory(0, read), cancellationToken);
            }

            await ExpectEndAsync(content, cancellationToken);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>An entry must not unpack to more than it says.</summary>
    private static async Task ExpectEndAsync(Stream content, CancellationToken cancellationToken)
    {
        if (await content.ReadAsync(new byte[1], cancellationToken) > 0)
        {
            throw new InvalidDataException("An entry is longer than it says.");
        }
    }
}
