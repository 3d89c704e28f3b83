using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Quantization;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// The slices of a split, decoded once and held as bytes: in memory, or above a limit in a file that is mapped into memory,
/// so that the system keeps as much of it as there is room for. Owns its tensors and its file.
/// </summary>
internal sealed class SliceSet : IDisposable
{
    private readonly Tensor _images;
    private readonly Tensor _labels;
    private readonly byte[][] _organs;
    private readonly string? _file;

    private SliceSet(Tensor images, Tensor labels, byte[][] organs, string? file)
    {
        _images = images.DetachFromDisposeScope();
        _labels = labels.DetachFromDisposeScope();
        _organs = organs;
        _file = file;
    }

    public int Count => _organs.Length;

    /// <summary>Side of the slices, pixels.</summary>
    public int Size => (int)_labels.shape[^1];

    /// <summary>For each slice the classes it shows, background left out, rising.</summary>
    public IReadOnlyList<byte[]> Organs => _organs;

    /// <summary>Whether the slices are in a file because memory was not to hold them.</summary>
    public bool IsMapped => _file is not null;

    /// <summary>An empty set for so many square slices.</summary>
    /// <param name="count">Slices.</param>
    /// <param name="size">Side, pixels.</param>
    /// <param name="memoryLimit">Bytes that may be held in memory; a larger set goes to a temporary file.</param>
    /// <exception cref="OrganSegException">Dependency: the file cannot be made.</exception>
    public static SliceSet Create(int count, int size, long memoryLimit = long.MaxValue)
    {
        using var scope = NewDisposeScope();
        var pixels = (long)count * size * size;
        if (2 * pixels <= memoryLimit)
        {
            return new SliceSet(empty([count, 1, size, size], uint8), empty([count, size, size], uint8), new byte[count][], null);
        }

        var file = Path.Combine(Path.GetTempPath(), $"organseg-slices-{Guid.NewGuid():N}");
        try
        {
            using (var made = new FileStream(file, FileMode.CreateNew))
            {
                made.SetLength(2 * pixels);
            }

            var bytes = from_file(file, shared: true, size: 2 * pixels, dtype: uint8);
            var images = bytes.narrow(0, 0, pixels).reshape(count, 1, size, size);
            return new SliceSet(images, bytes.narrow(0, pixels, pixels).reshape(count, size, size), new byte[count][], file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new OrganSegException(
                ErrorKind.Dependency, $"{count} slices do not fit into memory, and {file} cannot be made: {error.Message}", error);
        }
    }

    /// <summary>Reads a split in the manifest's order, each shard checked against its digest.</summary>
    /// <exception cref="OrganSegException">Corrupt or Dependency.</exception>
    public static async Task<SliceSet> LoadAsync(
        DatasetCatalogue datasets, DatasetManifest manifest, string split, long memoryLimit, CancellationToken cancellationToken)
    {
        var count = manifest.Cases.SelectMany(c => c.Slices).Count(s => s.Split == split);
        var set = Create(count, manifest.Size, memoryLimit);
        try
        {
            var index = 0;
            await foreach (var sample in datasets.ReadAsync(manifest, split, cancellationToken))
            {
                if (index < count)
                {
                    set.Put(index, sample.Image, sample.Labels);
                }

                index++;
            }

            return index == count ? set : throw new OrganSegException(
                ErrorKind.Corrupt, $"Dataset {manifest.Dataset}@{manifest.Version} holds {index} {split} slices where its manifest lists {count}; restore it from a copy.");
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Sets a slice; both images have the set's size.</summary>
    public void Put(int index, ByteImage image, ByteImage labels)
    {
        using var scope = NewDisposeScope();
        image.Pixels.CopyTo(_images[index].bytes);
        labels.Pixels.CopyTo(_labels[index].bytes);
        _organs[index] = [.. labels.Pixels.Where(id => id > 0).Distinct().Order()];
    }

    /// <summary>Images [n, 1, S, S] and labels [n, S, S] of chosen slices, in the caller's dispose scope.</summary>
    public (Tensor Images, Tensor Labels) Batch(ReadOnlySpan<int> slices)
    {
        using var index = tensor(slices.ToArray(), int64);
        return (_images.index_select(0, index), _labels.index_select(0, index));
    }

    /// <summary>One slice as bytes of its own.</summary>
    public QuantizationSlice Slice(int index)
    {
        using var scope = NewDisposeScope();
        return new(_images[index].bytes.ToArray(), _labels[index].bytes.ToArray());
    }

    public void Dispose()
    {
        _images.Dispose();
        _labels.Dispose();
        if (_file is not null)
        {
            File.Delete(_file);
        }
    }
}
