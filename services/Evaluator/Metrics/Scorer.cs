using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Counts pairs of label maps as they come and aggregates them. Not thread-safe.</summary>
internal sealed class Scorer(LabelSchema schema)
{
    private readonly ConfusionMatrix _all = new(schema.Count);
    private readonly List<SliceScore> _slices = [];
    private readonly Dictionary<string, PixelCounts[]> _patients = new(StringComparer.Ordinal);

    /// <summary>All pixels so far.</summary>
    public ConfusionMatrix Confusion => _all;

    /// <summary>Every image, in the order added.</summary>
    public IReadOnlyList<SliceScore> Slices => _slices;

    /// <summary>Patients so far.</summary>
    public int Patients => _patients.Count;

    /// <summary>Adds one image of a patient.</summary>
    /// <exception cref="ArgumentException">The sizes differ, or a pixel is no class.</exception>
    public void Add(SliceId slice, ByteImage reference, ByteImage prediction)
    {
        var matrix = ConfusionMatrix.Of(reference, prediction, schema.Count);
        _all.Add(matrix);
        var organs = schema.Organs.Select(organ => matrix.CountsOf(organ.Id)).ToArray();
        _slices.Add(new SliceScore(slice, organs, MeanF1(organs)));
        if (!_patients.TryGetValue(slice.Case, out var pooled))
        {
            _patients.Add(slice.Case, pooled = new PixelCounts[organs.Length]);
        }

        for (var i = 0; i < organs.Length; i++)
        {
            pooled[i] += organs[i];
        }
    }

    /// <summary>The organs in the order of the schema.</summary>
    public IReadOnlyList<OrganScores> Organs() => [.. schema.Organs.Select((organ, i) =>
    {
        var counts = _all.CountsOf(organ.Id);
        return new OrganScores(
            organ.Name,
            counts.Scores(),
            MeanScores.Of(_slices.Select(slice => slice.Organs[i].Scores())),
            MeanScores.Of(_patients.Values.Select(patient => patient[i].Scores())),
            counts,
            _slices.Count(slice => slice.Organs[i].IsEmpty),
            _patients.Values.Count(patient => patient[i].IsEmpty))
        {
            Patients = [.. PatientCounts(i).Select(patient => ScoresOf(patient.Patient, patient.Counts))],
        };
    })];

    /// <summary>The counts of one organ for each patient, by name, so that what follows does not depend on the order of images.</summary>
    /// <param name="organ">Index in the schema's organs.</param>
    public IEnumerable<(string Patient, PixelCounts Counts)> PatientCounts(int organ) =>
        _patients.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value[organ]));

    private static PatientScores ScoresOf(string patient, PixelCounts counts)
    {
        var scores = counts.Scores();
        return new PatientScores(patient, scores.Precision, scores.Recall, scores.F1);
    }

    private static double? MeanF1(PixelCounts[] organs) =>
        organs.Select(organ => organ.Scores().F1).Where(f1 => f1.HasValue).Average();
}
