namespace OrganSeg.Storage;

/// <summary>
/// Named blobs in containers: Azure Blob Storage or a folder. A write is visible whole or not at all, and a reader that
/// opened a blob before it was replaced keeps reading the old content. Names are segments separated by <c>/</c>, each
/// legal as a file name on every system; a name that is not is <see cref="ErrorKind.Invalid"/>. A store that fails or
/// does not answer is <see cref="ErrorKind.Dependency"/>. All members may be called from many threads at once.
/// </summary>
public interface IObjectStore
{
    /// <summary>
    /// 64 hexadecimal digits naming the store itself (SHA-256 of its folder or account), so that two processes can find
    /// out whether they share one. Holds no secret.
    /// </summary>
    string Identity { get; }

    /// <summary>The blob of a name, or null when there is none.</summary>
    Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a blob, or the part of it from <paramref name="offset"/> bytes on and at most <paramref name="length"/>
    /// bytes long. A range that begins at or behind the end is empty. The caller disposes of the stream.
    /// </summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/> when there is no such blob.</exception>
    Task<Stream> OpenReadAsync(
        string container, string name, long offset, long? length, CancellationToken cancellationToken);

    /// <summary>
    /// Writes a blob from where <paramref name="content"/> stands to its end. The blob changes at the very end, and only
    /// if <paramref name="condition"/> holds then; when the content throws or the caller cancels, nothing is left.
    /// </summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Exists"/> or <see cref="ErrorKind.NotReady"/> when the condition does not hold.
    /// </exception>
    Task<StoredObject> WriteAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken);

    /// <summary>The blobs whose names begin with <paramref name="prefix"/>, in ordinal order of their names.</summary>
    IAsyncEnumerable<StoredObject> ListAsync(string container, string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// The distinct next name segments below <paramref name="folder"/> (empty, or ending in <c>/</c>) that have blobs
    /// below them, in ordinal order and without slashes: what is there, without walking through all of it.
    /// </summary>
    IAsyncEnumerable<string> ListFoldersAsync(string container, string folder, CancellationToken cancellationToken);

    /// <summary>Deletes a blob; there being none is fine.</summary>
    Task DeleteAsync(string container, string name, CancellationToken cancellationToken);
}
