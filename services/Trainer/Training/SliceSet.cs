using OrganSeg.Storage;
using OrganSeg.Trainer.Quantization;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>The slices of a split, decoded once and held as bytes. Owns its tensors.</summary>
internal sealed class SliceSet : IDisposable
{
    private readonly Tensor _images;
    private readonly Tensor _labels;

    /// <param name="images">Grey bytes [N, 1, S, S]; taken over.</param>
    /// <param name="labels">Class ids [N, S, S]; taken over.</param>
    /// <param name="negative">For each slice, whether it shows no organ.</param>
    public SliceSet(Tensor images, Tensor labels, IReadOnlyList<bool> negative)
    {
        _images = images.DetachFromDisposeScope();
        _labels = labels.DetachFromDisposeScope();
        Negative = negative;
    }

    public int Count => Negative.Count;

    public IReadOnlyList<bool> Negative { get; }

    /// <summary>Reads a split in the manifest's order, each shard checked against its digest.</summary>
    /// <exception cref="OrganSegException">Corrupt or Dependency.</exception>
    public static async Task<SliceSet> LoadAsync(
        DatasetCatalogue datasets, DatasetManifest manifest, string split, CancellationToken cancellationToken)
    {
        var negative = manifest.Cases.SelectMany(c => c.Slices).Where(s => s.Split == split).Select(s => s.Negative).ToArray();
        var size = manifest.Size;
        var set = new SliceSet(
            empty([negative.Length, 1, size, size], uint8), empty([negative.Length, size, size], uint8), negative);
        try
        {
            var index = 0;
            await foreach (var sample in datasets.ReadAsync(manifest, split, cancellationToken))
            {
                set.Put(index++, sample.Image.Pixels, sample.Labels.Pixels);
            }

            return index == negative.Length ? set : throw new OrganSegException(
                ErrorKind.Corrupt, $"Dataset {manifest.Dataset}@{manifest.Version} holds {index} {split} slices where its manifest lists {negative.Length}; restore it from a copy.");
        }
        catch
        {
            set.Dispose();
            throw;
        }
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
    }

    private void Put(int index, byte[] image, byte[] labels)
    {
        using var scope = NewDisposeScope();
        image.CopyTo(_images[index].bytes);
        labels.CopyTo(_labels[index].bytes);
    }
}
