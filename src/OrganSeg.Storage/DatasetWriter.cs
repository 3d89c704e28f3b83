using System.Globalization;
using OrganSeg.Imaging;

namespace OrganSeg.Storage;

/// <summary>
/// Writes one dataset version, case by case, and seals it. Disposed unsealed it deletes all it wrote. For use by one
/// caller at a time.
/// </summary>
public sealed class DatasetWriter : IAsyncDisposable
{
    private static readonly string[] Splits = [DatasetSplit.Train, DatasetSplit.Validation, DatasetSplit.Test];

    private readonly DatasetCatalogue _catalogue;
    private readonly IObjectStore _store;
    private readonly DatasetManifest _draft;
    private readonly SortedDictionary<string, DatasetCase> _cases = new(StringComparer.Ordinal);
    private readonly HashSet<string> _shards = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, int> _folds = new Dictionary<string, int>();
    private bool _kept;
    private bool _closed;

    internal DatasetWriter(DatasetCatalogue catalogue, IObjectStore store, DatasetManifest draft)
    {
        _catalogue = catalogue;
        _store = store;
        _draft = draft;
    }

    /// <summary>Names the version that is written, as <c>dataset@version</c>.</summary>
    public string Reference => _draft.Reference;

    /// <summary>Writes the shard of one case whose slices came one by one.</summary>
    /// <inheritdoc cref="AddCaseAsync(string, IReadOnlyList{CaseSlice}, CaseOrigin?, CancellationToken)"/>
    public Task AddCaseAsync(string caseName, IReadOnlyList<CaseSlice> slices, CancellationToken cancellationToken) =>
        AddCaseAsync(caseName, slices, null, cancellationToken);

    /// <summary>Writes the shard of one case.</summary>
    /// <param name="caseName">Any text, such as a patient's number; unique within the dataset.</param>
    /// <param name="slices">At least one slice, in any order.</param>
    /// <param name="origin">Of a case that was a volume; else null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/> with everything that is wrong: a case or slice given twice, an image of another
    /// size, a label that is not in the schema, an unknown part.
    /// </exception>
    public async Task AddCaseAsync(
        string caseName, IReadOnlyList<CaseSlice> slices, CaseOrigin? origin, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(slices);
        ObjectDisposedException.ThrowIf(_closed, this);
        string shard = $"shards/{Names.Slug(caseName)}.tar";
        Check(caseName, shard, slices);
        CaseSlice[] ordered = [.. slices.OrderBy(slice => slice.Name, StringComparer.Ordinal)];
        byte[] tar = await DatasetShard.WriteAsync(ordered, cancellationToken);
        string blob = VersionedFolders.Folder(_draft.Dataset, _draft.Version) + shard;
        await _store.WriteBytesAsync(
            DatasetCatalogue.Container, blob, tar, WriteCondition.IfAbsent, cancellationToken);
        _shards.Add(shard);
        _cases.Add(caseName, new DatasetCase
        {
            Case = caseName,
            Shard = shard,
            Sha256 = ObjectStoreExtensions.Sha256Of(tar),
            Bytes = tar.Length,
            Patient = origin?.Patient,
            Geometry = origin?.Geometry,
            BurnedInAnnotation = origin?.BurnedInAnnotation,
            Warnings = origin?.Warnings,
            Slices = [.. ordered.Select(Describe)],
        });
    }

    /// <summary>Says in which fold each case is validated.</summary>
    /// <param name="folds">Fold, from 1, by case; cases that are not in it have none.</param>
    public void AssignFolds(IReadOnlyDictionary<string, int> folds)
    {
        ArgumentNullException.ThrowIfNull(folds);
        ObjectDisposedException.ThrowIf(_closed, this);
        _folds = folds;
    }

    /// <summary>Writes the quality report, once; <see cref="DatasetCatalogue.ReadQualityAsync"/> reads it.</summary>
    /// <param name="files">Its files by name.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> when a name is unsafe.</exception>
    public async Task AddQualityAsync(
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        ObjectDisposedException.ThrowIf(_closed, this);
        FileNames.Check(files.Keys, DatasetQuality.Index);
        string folder = DatasetQuality.FolderOf(_draft);
        foreach ((string file, ReadOnlyMemory<byte> content) in files)
        {
            await _store.WriteBytesAsync(
                DatasetCatalogue.Container, folder + file, content, WriteCondition.IfAbsent, cancellationToken);
        }

        await _store.WriteBytesAsync(
            DatasetCatalogue.Container, folder + DatasetQuality.Index, ReportFiles.Seal(files), WriteCondition.IfAbsent, cancellationToken);
    }

    /// <summary>
    /// Makes the version visible. When a sealed version of this dataset has the same content already, that one is
    /// returned and this one is dropped.
    /// </summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> when no case was added.</exception>
    public async Task<DatasetManifest> SealAsync(CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (_cases.Count == 0)
        {
            throw OrganSegException.Invalid("dataset", "A dataset needs at least one slice; none was given.");
        }

        DatasetManifest manifest = await _catalogue.SealAsync(
            _draft with { Cases = [.. _cases.Values.Select(WithFold)] }, cancellationToken);
        _closed = true;
        _kept = manifest.Version == _draft.Version;
        return manifest;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _closed = true;
        if (!_kept)
        {
            _kept = true;
            // Cleaning up must happen above all when the caller has given up, so its token does not count here.
            await _catalogue.DiscardAsync(_draft, CancellationToken.None);
        }
    }

    private DatasetCase WithFold(DatasetCase one) =>
        _folds.TryGetValue(one.Case, out int fold) ? one with { Fold = fold } : one;

    private DatasetSlice Describe(CaseSlice slice)
    {
        long[] counts = new long[256];
        foreach (byte label in slice.Labels.Pixels)
        {
            counts[label]++;
        }

        return new DatasetSlice
        {
            Name = slice.Name,
            Split = slice.Split,
            SourceWidth = slice.SourceWidth,
            SourceHeight = slice.SourceHeight,
            Negative = slice.Negative,
            Place = slice.Place,
            Pixels = _draft.LabelSchema.Classes
                .Where(c => counts[c.Id] > 0)
                .ToDictionary(c => c.Name, c => counts[c.Id], StringComparer.Ordinal),
        };
    }

    private void Check(string caseName, string shard, IReadOnlyList<CaseSlice> slices)
    {
        var wrong = new List<FieldViolation>();
        Require(!string.IsNullOrEmpty(caseName), "case", "A case needs a name.");
        Require(!_cases.ContainsKey(caseName) && !_shards.Contains(shard), caseName, "This case was added already.");
        Require(slices.Count > 0, caseName, "A case needs at least one slice.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (CaseSlice slice in slices)
        {
            Require(!string.IsNullOrEmpty(slice.Name), caseName, "A slice needs a name.");
            Require(names.Add(Names.Slug(slice.Name)), slice.Name, "This slice is there twice.");
            Require(Splits.Contains(slice.Split), slice.Name, "The split is one of train, validation and test.");
            Require(slice.SourceWidth > 0 && slice.SourceHeight > 0, slice.Name, "The source size must be positive.");
            string size = string.Create(CultureInfo.InvariantCulture, $"must be {_draft.Size}×{_draft.Size} pixels.");
            Require(HasSize(slice.Image), slice.Name, "The image " + size);
            Require(HasSize(slice.Labels), slice.Name, "The label map " + size);
            Require(
                !_draft.LabelSchema.TryFindUnknown(slice.Labels, out byte id),
                slice.Name,
                $"Label {id} is not in the label schema.");
        }

        if (wrong.Count > 0)
        {
            throw new OrganSegException(wrong);
        }

        void Require(bool holds, string field, string description)
        {
            if (!holds)
            {
                wrong.Add(new FieldViolation(field, description));
            }
        }
    }

    private bool HasSize(ByteImage image) => image.Width == _draft.Size && image.Height == _draft.Size;
}
