using OrganSeg.Storage;

namespace OrganSeg.Trainer.Headless;

/// <summary>A folder whose content is that of a store's <c>datasets</c> container, such as a mounted volume.</summary>
/// <param name="path">The folder.</param>
internal sealed class DatasetFolder(string path) : IObjectStore
{
    public const string Container = "datasets";

    // A folder store's containers are its subfolders, so the parent is a store with this folder as a container.
    private readonly FolderObjectStore _parent = new(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)))
        ?? throw OrganSegException.Invalid("--data", "is the root of a file system; name a folder"));

    private readonly string _name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    public string Identity => _parent.Identity;

    public Task<StoredObject?> FindAsync(string container, string name, CancellationToken cancellationToken) =>
        _parent.FindAsync(Own(container), name, cancellationToken);

    public Task<Stream> OpenReadAsync(
        string container, string name, long offset, long? length, CancellationToken cancellationToken) =>
        _parent.OpenReadAsync(Own(container), name, offset, length, cancellationToken);

    public Task<StoredObject> WriteAsync(
        string container, string name, Stream content, WriteCondition condition, CancellationToken cancellationToken) =>
        _parent.WriteAsync(Own(container), name, content, condition, cancellationToken);

    public IAsyncEnumerable<StoredObject> ListAsync(string container, string prefix, CancellationToken cancellationToken) =>
        _parent.ListAsync(Own(container), prefix, cancellationToken);

    public IAsyncEnumerable<string> ListFoldersAsync(string container, string folder, CancellationToken cancellationToken) =>
        _parent.ListFoldersAsync(Own(container), folder, cancellationToken);

    public Task DeleteAsync(string container, string name, CancellationToken cancellationToken) =>
        _parent.DeleteAsync(Own(container), name, cancellationToken);

    private string Own(string container) => container == Container
        ? _name
        : throw new OrganSegException(ErrorKind.Missing, $"The folder {_name} holds datasets only.");
}
