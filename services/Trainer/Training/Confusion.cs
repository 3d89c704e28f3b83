using OrganSeg.Imaging;

namespace OrganSeg.Trainer.Training;

/// <summary>Counts of pixels by true and predicted class, pooled over slices.</summary>
/// <param name="classes">Classes, background included.</param>
internal sealed class Confusion(int classes)
{
    private readonly long[] _counts = new long[classes * classes];

    /// <summary>Adds counts, row-major with the true class as row.</summary>
    public void Add(ReadOnlySpan<long> counts)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += counts[i];
        }
    }

    /// <summary>Adds the counts of another.</summary>
    public void Add(Confusion other) => Add(other._counts);

    /// <summary>F1 of a class: 2TP / (2TP + FP + FN); null when the class is neither there nor predicted.</summary>
    public double? F1(int id)
    {
        long truth = 0;
        long predicted = 0;
        for (var other = 0; other < classes; other++)
        {
            truth += _counts[id * classes + other];
            predicted += _counts[other * classes + id];
        }

        return truth + predicted == 0 ? null : 2.0 * _counts[id * classes + id] / (truth + predicted);
    }

    /// <summary>F1 by organ name; undefined ones are left out.</summary>
    public IReadOnlyDictionary<string, double> F1ByOrgan(LabelSchema schema) => schema.Organs
        .Select(organ => (organ.Name, Value: F1(organ.Id)))
        .Where(organ => organ.Value is not null)
        .ToDictionary(organ => organ.Name, organ => organ.Value!.Value, StringComparer.Ordinal);
}
