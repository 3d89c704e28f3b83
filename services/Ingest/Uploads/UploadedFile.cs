using System.Runtime.InteropServices;
using OrganSeg.Ingest.Spooling;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>One whole file of an import, as it was sent: a small one in memory, a large one on disk.</summary>
internal sealed class UploadedFile : IDisposable
{
    private readonly ReadOnlyMemory<byte> _content;
    private readonly string? _path;
    private readonly bool _temporary;
    private readonly SpooledFile? _spooled;

    private UploadedFile(
        FileRole role, string name, long length, ReadOnlyMemory<byte> content = default, string? path = null, bool temporary = false, SpooledFile? spooled = null) =>
        (Role, Name, Length, _content, _path, _temporary, _spooled) = (role, name, length, content, path, temporary, spooled);

    /// <summary>Image, label or negative.</summary>
    public FileRole Role { get; }

    /// <summary>As the client gave it: not checked yet.</summary>
    public string Name { get; }

    /// <summary>Bytes.</summary>
    public long Length { get; }

    /// <summary>Bytes that it holds in memory.</summary>
    public int BytesInMemory => _content.Length;

    /// <summary>A file that is in memory.</summary>
    public static UploadedFile InMemory(FileRole role, string name, ReadOnlyMemory<byte> content) =>
        new(role, name, content.Length, content);

    /// <summary>A file that is on disk.</summary>
    /// <param name="role">Image, label or negative.</param>
    /// <param name="name">As the client gave it.</param>
    /// <param name="path">Where it is; it must be whole.</param>
    /// <param name="temporary">Whether it is deleted when this is disposed of.</param>
    public static UploadedFile OnDisk(FileRole role, string name, string path, bool temporary) =>
        new(role, name, new FileInfo(path).Length, path: path, temporary: temporary);

    /// <summary>A file that was spooled, and is no more when this is disposed of.</summary>
    public static UploadedFile Spooled(FileRole role, string name, SpooledFile file) => new(role, name, file.Length, spooled: file);

    /// <summary>Its bytes, seekable; the caller disposes of the stream.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public Stream Open()
    {
        if (_spooled is not null)
        {
            return _spooled.OpenRead();
        }

        if (_path is null)
        {
            return MemoryMarshal.TryGetArray(_content, out var part)
                ? new MemoryStream(part.Array!, part.Offset, part.Count, writable: false)
                : new MemoryStream(_content.ToArray(), writable: false);
        }

        try
        {
            return new FileStream(
                _path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(error);
        }
    }

    /// <summary>All its bytes in memory, for files whose size is bounded.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken)
    {
        if (_path is null && _spooled is null)
        {
            return _content;
        }

        try
        {
            await using var stream = Open();
            var bytes = new byte[Length];
            await stream.ReadExactlyAsync(bytes, cancellationToken);
            return bytes;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(error);
        }
    }

    /// <summary>Its first bytes, fewer where it has no more.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the disk refuses.</exception>
    public async ValueTask<ReadOnlyMemory<byte>> ReadStartAsync(int count, CancellationToken cancellationToken)
    {
        if (_path is null && _spooled is null)
        {
            return _content[..Math.Min(count, _content.Length)];
        }

        try
        {
            await using var stream = Open();
            var bytes = new byte[count];
            return bytes.AsMemory(0, await stream.ReadAtLeastAsync(bytes, count, throwOnEndOfStream: false, cancellationToken));
        }
        catch (IOException error)
        {
            throw Unreadable(error);
        }
    }

    public void Dispose()
    {
        _spooled?.Dispose();
        if (_temporary && _path is not null)
        {
            File.Delete(_path);
        }
    }

    private static OrganSegException Unreadable(Exception error) => new(
        ErrorKind.Dependency, "The service cannot read its temporary files; import again.", error);
}
