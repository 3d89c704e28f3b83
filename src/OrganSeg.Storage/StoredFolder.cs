using System.Runtime.CompilerServices;

namespace OrganSeg.Storage;

/// <summary>One thing that a store keeps: a version of a dataset or a model, a run, a report, the record of an import.</summary>
/// <param name="Container">Its container.</param>
/// <param name="Path">The folder in it, with a slash behind.</param>
/// <param name="Document">Full name of the document that is written last and makes it visible.</param>
internal sealed record StoredFolder(string Container, string Path, string Document)
{
    public const string Models = "models";
    public const string Aliases = "aliases/";

    public const string Imports = "imports";
    public const string ImportDocument = "import.json";

    private const string Datasets = "datasets";
    private const string Runs = "runs";
    private const string Reports = "reports";

    /// <summary>Whether what is in it never changes once its document is there, but for a model's card.</summary>
    public bool IsImmutable(string blob) => Container is not (Runs or Imports) && blob != Path + ModelCards.File;

    /// <summary>Everything that may be visible, container after container.</summary>
    public static async IAsyncEnumerable<StoredFolder> ListAsync(
        IObjectStore store, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach ((string container, string document, bool hasVersions) in new[]
        {
            (Datasets, "manifest.json", true), (Models, "model.json", true), (Runs, "run.json", false), (Reports, "report.json", false),
            (Imports, ImportDocument, false),
        })
        {
            await foreach (string name in store.ListFoldersAsync(container, "", cancellationToken))
            {
                if (!hasVersions)
                {
                    yield return new StoredFolder(container, $"{name}/", $"{name}/{document}");
                }
                else if (container != Models || name + "/" != Aliases)
                {
                    await foreach (string version in store.ListFoldersAsync(container, $"{name}/", cancellationToken))
                    {
                        string path = VersionedFolders.Folder(name, version);
                        yield return new StoredFolder(container, path, path + document);
                    }
                }
            }
        }
    }

    /// <summary>The SHA-256, in hexadecimal, of every blob that the document answers for, by full name.</summary>
    /// <param name="store">Where it lies.</param>
    /// <param name="json">The document.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: the document was changed or cannot be read.</exception>
    public async Task<IReadOnlyDictionary<string, string>> ListedAsync(
        IObjectStore store, byte[] json, CancellationToken cancellationToken)
    {
        string blob = $"{Container}/{Document}";
        try
        {
            return await HashesAsync(store, json, blob, cancellationToken);
        }
        catch (ArgumentException error)
        {
            // A name twice, or a hash that is none.
            throw StoredJson.Unreadable(blob, error);
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> HashesAsync(
        IObjectStore store, byte[] json, string blob, CancellationToken cancellationToken)
    {
        switch (Container)
        {
            case Datasets:
                var listed = SealedJson.Open<DatasetManifest>(json, blob, DatasetManifest.OutsideDigest).Cases
                    .ToDictionary(one => Path + one.Shard, one => one.Sha256);
                string quality = DatasetQuality.FolderOf(Path);
                if (await store.TryReadAllAsync(Container, quality + DatasetQuality.Index, cancellationToken) is { } report)
                {
                    foreach ((string file, string sha256) in Hashes(quality, SealedJson.Open<ReportFiles>(
                        report, $"{Container}/{quality}{DatasetQuality.Index}", ReportFiles.OutsideDigest).Files))
                    {
                        listed.Add(file, sha256);
                    }
                }

                return listed;
            case Models:
                return Hashes(Path, SealedJson.Open<ModelDocument>(json, blob, ModelDocument.OutsideDigest).Files);
            case Runs:
                return StoredJson.Deserialize<RunDocument>(json, blob).Checkpoints
                    .ToDictionary(file => RunCatalogue.CheckpointOf(Path.TrimEnd('/'), file.Key, file.Value), file => file.Value.Sha256);
            case Imports:
                _ = StoredJson.Deserialize<ImportRecord>(json, blob);
                return new Dictionary<string, string>();
            default:
                byte[] index = await store.ReadAllAsync(Container, Path + ReportCatalogue.Index, null, cancellationToken);
                return Hashes(Path, SealedJson.Open<ReportFiles>(index, $"{Container}/{Path}{ReportCatalogue.Index}", ReportFiles.OutsideDigest).Files);
        }
    }

    private static Dictionary<string, string> Hashes(string folder, IReadOnlyDictionary<string, ModelFile> files) =>
        files.ToDictionary(file => folder + file.Key, file => file.Value.Sha256);
}
