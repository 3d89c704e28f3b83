using OrganSeg.Evaluator.Metrics;
using OrganSeg.Imaging.Similarity;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>Which slice each hash is of.</summary>
internal sealed class SliceTable
{
    private readonly List<(int Side, SliceId Id)> _slices = [];
    private readonly List<SliceHash> _hashes = [];

    /// <summary>The slices that show anything.</summary>
    public IReadOnlyList<(int Side, SliceId Id)> Slices => _slices;

    /// <summary>Their hashes.</summary>
    public SliceHash[] Hashes => [.. _hashes];

    /// <summary>Slices that show nothing.</summary>
    public int WithoutContent { get; private set; }

    /// <summary>Hashes a slice and takes it up, unless it shows nothing.</summary>
    /// <param name="side">The side it is on.</param>
    /// <param name="sample">The slice.</param>
    public void Add(int side, DatasetSample sample)
    {
        if (SliceHash.Of(sample.Image) is not { } hash)
        {
            WithoutContent++;
            return;
        }

        _slices.Add((side, new SliceId(sample.Case, sample.Name)));
        _hashes.Add(hash);
    }
}
