using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>Rules for the chunks of files that an upload names.</summary>
internal static class UploadChunks
{
    /// <summary>The most in one chunk, in bytes. A file of up to so many comes in one.</summary>
    public const int MaxBytes = 1 << 20;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file: the chunk does not fit it, or is not
    /// what a SHA-256 says.</exception>
    public static void Check(StoredFile file, UploadChunk chunk)
    {
        if (chunk.Data.Length is 0 or > MaxBytes)
        {
            throw OrganSegException.Invalid(file.Name, $"has a chunk of {chunk.Data.Length} bytes; send 1 to {MaxBytes}.");
        }

        if (chunk.Offset < 0 || chunk.Offset + chunk.Data.Length > file.Length)
        {
            throw OrganSegException.Invalid(
                file.Name, $"has a chunk of {chunk.Data.Length} bytes at byte {chunk.Offset}, and {file.Length} bytes in all; it may have changed. Send it again.");
        }

        var isWhole = chunk.Data.Length == file.Length;
        if (file.Length <= MaxBytes && !isWhole)
        {
            throw OrganSegException.Invalid(file.Name, $"comes in parts; send files of up to {MaxBytes} bytes in one chunk.");
        }

        var digest = ContentDigest.Of(chunk.Data.Span);
        if (isWhole && digest != file.Digest)
        {
            throw OrganSegException.Invalid(file.Name, "is not the file of the SHA-256 that was announced; it may have changed. Send it again.");
        }

        if (!isWhole && (chunk.Sha256.Length != ContentDigest.Bytes || ContentDigest.From(chunk.Sha256.Span) != digest))
        {
            throw OrganSegException.Invalid(file.Name, $"has a chunk at byte {chunk.Offset} that is not what its SHA-256 says; send it again.");
        }
    }
}
