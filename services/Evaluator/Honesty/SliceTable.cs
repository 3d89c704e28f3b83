using OrganSeg.Evaluator.Metrics;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>Which slice each descriptor is of.</summary>
internal sealed class SliceTable
{
    private readonly List<(int Side, SliceId Id)> _slices = [];

    /// <summary>The slices that show anything, by the number of their descriptor.</summary>
    public IReadOnlyList<(int Side, SliceId Id)> Slices => _slices;

    /// <summary>Slices that show nothing.</summary>
    public int WithoutContent { get; private set; }

    /// <summary>Describes a slice and takes it up, unless it shows nothing.</summary>
    /// <param name="side">The side it is on.</param>
    /// <param name="sample">The slice.</param>
    /// <param name="descriptor">Gets its descriptor.</param>
    public bool Add(int side, DatasetSample sample, Span<float> descriptor)
    {
        if (!SliceDescriptor.TryDescribe(sample.Image, descriptor))
        {
            WithoutContent++;
            return false;
        }

        _slices.Add((side, new SliceId(sample.Case, sample.Name)));
        return true;
    }
}
