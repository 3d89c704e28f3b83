using System.Runtime.CompilerServices;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>Work on one upload, which stays on the disk until this is disposed of. For one caller at a time.</summary>
internal sealed class UploadLease(UploadStore uploads, StoredUpload upload, ContentStore contents) : IAsyncDisposable
{
    private Dictionary<ContentDigest, StoredFile>? _files;

    public UploadList List => upload.List;

    /// <summary>When it goes if nobody touches it again.</summary>
    public DateTimeOffset ExpiresAt => uploads.ExpiryOf(upload);

    /// <summary>Bytes of each of these files that are safe on the disk; they must be the upload's.</summary>
    public Task<long[]> DurableAsync(IReadOnlyList<StoredFile> files, CancellationToken cancellationToken) =>
        contents.DurableAsync(files, cancellationToken);

    /// <summary>Takes a chunk, which is safe after the next <see cref="CommitAsync"/>.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: it is no part of this upload, does not fit, or is
    /// damaged.</exception>
    public Task AppendAsync(UploadChunk chunk, CancellationToken cancellationToken)
    {
        _files ??= List.Files.DistinctBy(file => file.Digest).ToDictionary(file => file.Digest);
        return chunk.FileSha256.Length == ContentDigest.Bytes && _files.TryGetValue(ContentDigest.From(chunk.FileSha256.Span), out var file)
            ? contents.AppendAsync(file, chunk, cancellationToken)
            : throw OrganSegException.Invalid("fileSha256", "is of no file of this upload; begin an upload that names the file.");
    }

    /// <summary>Makes everything that was appended safe.</summary>
    public Task CommitAsync(CancellationToken cancellationToken) => contents.CommitAsync(cancellationToken);

    /// <summary>The files, each checked against its SHA-256 before it is given out; one small one at a time is in memory.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: files are not there as a whole;
    /// <see cref="ErrorKind.Corrupt"/>, naming the file: the disk has damaged it.</exception>
    public async IAsyncEnumerable<UploadedFile> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var durable = await DurableAsync(List.Files, cancellationToken);
        var missing = List.Files.Where((file, i) => durable[i] < file.Length).Count();
        if (missing > 0)
        {
            throw new OrganSegException(
                ErrorKind.NotReady, $"The upload lacks {missing} of its {List.Files.Count} files; send what is missing, then import it.")
            {
                IsNameless = true,
            };
        }

        foreach (var file in List.Files)
        {
            yield return await contents.OpenAsync(file, cancellationToken);
        }
    }

    /// <summary>The upload is imported or no longer wanted.</summary>
    public Task DeleteAsync() => uploads.DeleteAsync(upload);

    public ValueTask DisposeAsync() => uploads.ReturnAsync(upload);
}
