using System.Runtime.CompilerServices;
using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>The datasets of a store: container <c>datasets</c>. Sealed versions never change.</summary>
public sealed class DatasetCatalogue(IObjectStore store, TimeProvider time)
{
    internal const string Container = "datasets";

    private readonly VersionedFolders _versions = new(store, Container, "manifest.json");

    /// <summary>The manifest of <c>name</c> (its newest version) or <c>name@version</c>.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/>, naming what there is; <see cref="ErrorKind.Corrupt"/> when it was changed.
    /// </exception>
    public async Task<DatasetManifest> GetAsync(string reference, CancellationToken cancellationToken)
    {
        (string name, string? version) = VersionedFolders.Parse(reference, "dataset");
        if (version is not null)
        {
            byte[]? json = await store.TryReadAllAsync(Container, _versions.DocumentOf(name, version), cancellationToken);
            return json is not null ? Open(json, name, version) : throw await MissingAsync(reference, cancellationToken);
        }

        await foreach ((string newest, byte[] json) in _versions.ReadVersionsAsync(name, cancellationToken))
        {
            return Open(json, name, newest);
        }

        throw await MissingAsync(reference, cancellationToken);
    }

    /// <summary>All versions of all datasets: names in ordinal order, of each the newest version first.</summary>
    public async IAsyncEnumerable<DatasetManifest> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (string name in _versions.ReadNamesAsync(cancellationToken))
        {
            await foreach ((string version, byte[] json) in _versions.ReadVersionsAsync(name, cancellationToken))
            {
                yield return Open(json, name, version);
            }
        }
    }

    /// <summary>Begins a version, which nobody sees until the writer seals it. The caller disposes of the writer.</summary>
    /// <param name="dataset">Name of the dataset.</param>
    /// <param name="size">Side of the square images in pixels.</param>
    /// <param name="schema">What label values mean.</param>
    /// <param name="recipe">How the images were made.</param>
    /// <param name="split">How slices are divided.</param>
    /// <param name="notice">Terms and credits of the data, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<DatasetWriter> BeginAsync(
        string dataset,
        int size,
        LabelSchema schema,
        PreprocessingRecipe recipe,
        DatasetSplit split,
        string? notice,
        CancellationToken cancellationToken)
    {
        Names.Check(dataset, "dataset");
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(split);
        var draft = new DatasetManifest
        {
            Dataset = dataset,
            Version = await _versions.ReserveAsync(dataset, cancellationToken),
            Digest = "",
            SealedAt = default,
            Size = size,
            LabelSchema = schema,
            Preprocessing = recipe,
            Split = split,
            Notice = notice,
            Cases = [],
        };
        return new DatasetWriter(this, store, draft);
    }

    /// <summary>
    /// The slices of a dataset with their pixels, case after case in the manifest's order. A shard is checked against
    /// its SHA-256 before any of its slices is given out; one shard is in memory at a time.
    /// </summary>
    /// <param name="manifest">What to read.</param>
    /// <param name="split">Only slices of this part, or null for all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>, naming the shard.</exception>
    public async IAsyncEnumerable<DatasetSample> ReadAsync(
        DatasetManifest manifest, string? split, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        foreach (DatasetCase one in manifest.Cases)
        {
            DatasetSlice[] wanted = [.. one.Slices.Where(slice => split is null || slice.Split == split)];
            if (wanted.Length == 0)
            {
                continue;
            }

            string blob = VersionedFolders.Folder(manifest.Dataset, manifest.Version) + one.Shard;
            byte[] shard = await ReadShardAsync(blob, one.Sha256, cancellationToken);
            foreach (DatasetSample sample in DatasetShard.Read(shard, one.Case, wanted, $"{Container}/{blob}"))
            {
                cancellationToken.ThrowIfCancellationRequested();
                yield return sample;
            }
        }
    }

    /// <summary>The names of the files of a version's quality report, in ordinal order; none when it was sealed without one.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/> when the index was changed.</exception>
    public async Task<IReadOnlyList<string>> QualityFilesAsync(DatasetManifest manifest, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        return [.. (await QualityIndexAsync(manifest, cancellationToken)).Keys.Order(StringComparer.Ordinal)];
    }

    /// <summary>A file of a version's quality report, checked against its SHA-256.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/> when there is no such file, <see cref="ErrorKind.Corrupt"/> when it was changed.
    /// </exception>
    public async Task<byte[]> ReadQualityAsync(DatasetManifest manifest, string file, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        IReadOnlyDictionary<string, ModelFile> files = await QualityIndexAsync(manifest, cancellationToken);
        return files.TryGetValue(file, out ModelFile? expected)
            ? await FileNames.ReadAsync(store, Container, DatasetQuality.FolderOf(manifest) + file, expected, cancellationToken)
            : throw new OrganSegException(
                ErrorKind.Missing,
                files.Count == 0
                    ? $"{manifest.Reference} has no quality report: it was sealed before there were any."
                    : $"The quality report of {manifest.Reference} has no file {file}. {KnownNames.Sentence("files", [.. files.Keys])}");
    }

    internal async Task<DatasetManifest> SealAsync(DatasetManifest draft, CancellationToken cancellationToken)
    {
        DatasetManifest manifest = draft with
        {
            Digest = SealedJson.DigestOf(draft, DatasetManifest.OutsideDigest),
            SealedAt = time.GetUtcNow(),
        };
        await foreach ((string version, byte[] json) in _versions.ReadVersionsAsync(draft.Dataset, cancellationToken))
        {
            DatasetManifest existing = Open(json, draft.Dataset, version);
            if (existing.Digest == manifest.Digest)
            {
                return existing;
            }
        }

        await store.WriteJsonAsync(
            Container,
            _versions.DocumentOf(manifest.Dataset, manifest.Version),
            manifest,
            WriteCondition.IfAbsent,
            cancellationToken);
        return manifest;
    }

    internal Task DiscardAsync(DatasetManifest draft, CancellationToken cancellationToken) =>
        _versions.DiscardAsync(draft.Dataset, draft.Version, cancellationToken);

    private async Task<IReadOnlyDictionary<string, ModelFile>> QualityIndexAsync(
        DatasetManifest manifest, CancellationToken cancellationToken)
    {
        string blob = DatasetQuality.FolderOf(manifest) + DatasetQuality.Index;
        return await store.TryReadAllAsync(Container, blob, cancellationToken) is { } json
            ? SealedJson.Open<ReportFiles>(json, $"{Container}/{blob}", ReportFiles.OutsideDigest).Files
            : new Dictionary<string, ModelFile>();
    }

    private async Task<byte[]> ReadShardAsync(string blob, string sha256, CancellationToken cancellationToken)
    {
        try
        {
            return await store.ReadAllAsync(Container, blob, sha256, cancellationToken);
        }
        catch (OrganSegException e) when (e.Kind == ErrorKind.Missing)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"{Container}/{blob} is named by its manifest but gone; restore it from a copy.", e);
        }
    }

    private static DatasetManifest Open(byte[] json, string name, string version)
    {
        string blob = $"{Container}/{VersionedFolders.Folder(name, version)}manifest.json";
        DatasetManifest manifest = SealedJson.Open<DatasetManifest>(json, blob, DatasetManifest.OutsideDigest);
        return manifest.Dataset == name && manifest.Version == version
            ? manifest
            : throw new OrganSegException(
                ErrorKind.Corrupt, $"{blob} says that it is {manifest.Reference}; it was moved or changed.");
    }

    private async Task<OrganSegException> MissingAsync(string reference, CancellationToken cancellationToken)
    {
        var known = new List<string>();
        await foreach (string name in _versions.ReadNamesAsync(cancellationToken))
        {
            await foreach ((string version, _) in _versions.ReadVersionsAsync(name, cancellationToken))
            {
                known.Add($"{name}@{version}");
            }
        }

        return new OrganSegException(
            ErrorKind.Missing, $"There is no dataset {reference}. {KnownNames.Sentence("datasets", known)}")
        {
            IsNameless = true,
        };
    }
}
