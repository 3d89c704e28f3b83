using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// Collects how probable each class is where it was found: the mean over its pixels of its softmax probability. A network's
/// own word, and usually too sure of itself (Guo et al., "On Calibration of Modern Neural Networks", 2017).
/// </summary>
internal sealed class ConfidenceTally(LabelSchema schema)
{
    private readonly double[] _sums = new double[schema.Count];
    private readonly long[] _pixels = new long[schema.Count];

    public void Add(Probabilities slice)
    {
        var labels = slice.Labels.Pixels;
        for (var i = 0; i < labels.Length; i++)
        {
            var label = labels[i];
            _sums[label] += slice.Values[(label * labels.Length) + i];
            _pixels[label]++;
        }
    }

    /// <summary>Every organ that was found, by id.</summary>
    public IEnumerable<OrganConfidence> Organs() => schema.Classes
        .Where(c => c.Id != 0 && _pixels[c.Id] > 0)
        .Select(c => new OrganConfidence { Id = c.Id, Name = c.Name, Pixels = _pixels[c.Id], Confidence = _sums[c.Id] / _pixels[c.Id] });
}
