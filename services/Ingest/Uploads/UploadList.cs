using System.Security.Cryptography;
using OrganSeg.Ingest.Import;
using OrganSeg.Ingest.Sources;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>The files of one upload, in an order that does not depend on their sender's, and the name that follows from them.</summary>
internal sealed class UploadList
{
    /// <summary>What a file is called that is still being written.</summary>
    public const string UnfinishedExtension = ".new";

    private const byte Format = 1;

    private readonly byte[] _bytes;

    private UploadList(IReadOnlyList<StoredFile> files, byte[] bytes)
    {
        Files = files;
        _bytes = bytes;
        Id = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>By name, then role.</summary>
    public IReadOnlyList<StoredFile> Files { get; }

    /// <summary>SHA-256 of the list: 64 lower-case hexadecimal digits.</summary>
    public string Id { get; }

    /// <summary>Checks what a client says of its files.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with all that is wrong.</exception>
    public static IReadOnlyList<StoredFile> Check(IEnumerable<UploadFile> files, IngestOptions limits)
    {
        var problems = new Problems();
        var stored = new List<StoredFile>();
        foreach (var file in files)
        {
            if (Problem(file, limits) is { } wrong)
            {
                problems.Add(FileName.Shown(file.Name), wrong);
            }
            else
            {
                stored.Add(new StoredFile(file.Role, file.Name, file.Length, ContentDigest.From(file.Sha256.Span)));
            }
        }

        problems.ThrowIfAny();
        return stored;
    }

    public static UploadList Of(IEnumerable<StoredFile> files)
    {
        StoredFile[] ordered =
        [
            .. files.OrderBy(file => file.Name, StringComparer.Ordinal).ThenBy(file => file.Role)
                .ThenBy(file => file.Digest.High).ThenBy(file => file.Digest.Low),
        ];
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        Span<byte> digest = stackalloc byte[ContentDigest.Bytes];
        writer.Write(Format);
        writer.Write(ordered.Length);
        foreach (var file in ordered)
        {
            writer.Write((int)file.Role);
            writer.Write(file.Name);
            writer.Write(file.Length);
            file.Digest.Write(digest);
            writer.Write(digest);
        }

        return new UploadList(ordered, bytes.ToArray());
    }

    /// <summary>Reads what <see cref="WriteAsync"/> wrote.</summary>
    /// <returns>The list; null when it is not the one of this name any more.</returns>
    public static UploadList? TryRead(string path, string id)
    {
        var bytes = File.ReadAllBytes(path);
        if (bytes is not [Format, ..] || Convert.ToHexStringLower(SHA256.HashData(bytes)) != id)
        {
            return null;
        }

        using var reader = new BinaryReader(new MemoryStream(bytes, 1, bytes.Length - 1));
        var files = new StoredFile[reader.ReadInt32()];
        for (var i = 0; i < files.Length; i++)
        {
            files[i] = new StoredFile(
                (FileRole)reader.ReadInt32(), reader.ReadString(), reader.ReadInt64(), ContentDigest.From(reader.ReadBytes(ContentDigest.Bytes)));
        }

        return new UploadList(files, bytes);
    }

    /// <summary>Writes the list: whole or not at all, and for good.</summary>
    public async Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        var unfinished = path + UnfinishedExtension;
        await using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write))
        {
            await file.WriteAsync(_bytes, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static string? Problem(UploadFile file, IngestOptions limits) =>
        file.Role is not (FileRole.Image or FileRole.Label or FileRole.Negative) ? "has no role; send it as an image, a label or a negative."
        : FileName.Problem(file.Name) is { } wrong ? wrong
        : file.Sha256.Length != ContentDigest.Bytes ? $"has a SHA-256 of {file.Sha256.Length} bytes; send all {ContentDigest.Bytes}."
        : file.Length < 0 ? $"has a length of {file.Length} bytes; send its true length."
        : file.Length > limits.MaxBytesOf(SourceName.KindOf(file.Name)) ? $"is larger than {limits.MaxBytesOf(SourceName.KindOf(file.Name))} bytes, the most that is read."
        : null;
}
