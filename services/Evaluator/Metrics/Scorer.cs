using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>Gathers what was measured of pairs of label maps and aggregates it. Not thread-safe.</summary>
internal sealed class Scorer(LabelSchema schema, ScoringSettings settings, MapUnits units)
{
    private readonly ConfusionMatrix _all = new(schema.Count);
    private readonly List<SliceScore> _slices = [];
    private readonly Dictionary<string, List<SliceScore>> _patients = new(StringComparer.Ordinal);

    /// <summary>All pixels so far.</summary>
    public ConfusionMatrix Confusion => _all;

    /// <summary>Every image or volume, in the order added.</summary>
    public IReadOnlyList<SliceScore> Slices => _slices;

    /// <summary>Patients so far.</summary>
    public int Patients => _patients.Count;

    public ScoringSettings Settings => settings;

    public MapUnits Units => units;

    /// <summary>Adds one image or volume of a patient.</summary>
    /// <param name="slice">Its name and patient.</param>
    /// <param name="scores">What was measured of it.</param>
    /// <param name="voxelSize">What a voxel adds to the size of an organ, in <see cref="MapUnits.Size"/>.</param>
    public void Add(SliceId slice, MapScores scores, double voxelSize)
    {
        _all.Add(scores.Confusion);
        var organs = schema.Organs.Select(organ => scores.Confusion.CountsOf(organ.Id)).ToArray();
        var score = new SliceScore(slice, organs, scores.Surfaces, voxelSize, MeanF1(organs));
        _slices.Add(score);
        if (!_patients.TryGetValue(slice.Case, out var own))
        {
            _patients.Add(slice.Case, own = []);
        }

        own.Add(score);
    }

    /// <summary>The organs in the order of the schema.</summary>
    public IReadOnlyList<OrganScores> Organs() => [.. schema.Organs.Select((organ, i) =>
    {
        var counts = _all.CountsOf(organ.Id);
        var images = _slices.Select(slice => UnitScores.Of(slice.Organs[i], slice.Surfaces[i], settings.Absence)).ToList();
        var patients = Ordered().Select(patient => (patient.Patient, Counts: CountsOf(patient.Images, i), Surface: SurfaceOf(patient.Images, i), patient.Images)).ToList();
        PatientScores[] scores = [.. patients.Select(patient => ScoresOf(patient.Patient, patient.Counts, patient.Surface, patient.Images, i))];
        return new OrganScores(
            organ.Name,
            counts.Scores() with { Nsd = SurfaceOf(_slices, i).Nsd },
            MeanScores.Of(images),
            MeanScores.Of([.. patients.Select(patient => UnitScores.Of(patient.Counts, patient.Surface, settings.Absence))]),
            counts,
            _slices.Count(slice => slice.Organs[i].IsEmpty),
            patients.Count(patient => patient.Counts.IsEmpty))
        {
            ImagesMissed = _slices.Count(slice => slice.Organs[i] is { Reference: > 0, Prediction: 0 }),
            ImagesInvented = _slices.Count(slice => slice.Organs[i] is { Reference: 0, Prediction: > 0 }),
            PatientsMissed = patients.Count(patient => patient.Counts is { Reference: > 0, Prediction: 0 }),
            PatientsInvented = patients.Count(patient => patient.Counts is { Reference: 0, Prediction: > 0 }),
            Patients = scores,
            Size = SizeScores.Of(scores, units.Size),
        };
    })];

    /// <summary>F1 of each organ, pooled over all pixels so far.</summary>
    public IEnumerable<(string Organ, double? F1)> PooledF1() => schema.Organs.Select(organ => (organ.Name, _all.CountsOf(organ.Id).Scores().F1));

    /// <summary>The counts of one organ for each patient, by name, so that what follows does not depend on the order of images.</summary>
    /// <param name="organ">Index in the schema's organs.</param>
    public IEnumerable<(string Patient, PixelCounts Counts)> PatientCounts(int organ) =>
        Ordered().Select(patient => (patient.Patient, CountsOf(patient.Images, organ)));

    private IEnumerable<(string Patient, List<SliceScore> Images)> Ordered() =>
        _patients.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, pair.Value));

    private static PixelCounts CountsOf(List<SliceScore> images, int organ) =>
        images.Aggregate(default(PixelCounts), (sum, image) => sum + image.Organs[organ]);

    private static SurfaceScores SurfaceOf(List<SliceScore> images, int organ) =>
        SurfaceScores.Of([.. images.Select(image => image.Surfaces[organ])]);

    private PatientScores ScoresOf(string patient, PixelCounts counts, SurfaceScores surface, List<SliceScore> images, int organ)
    {
        var (overlap, distances) = UnitScores.Of(counts, surface, settings.Absence);
        return new PatientScores(patient, overlap.Precision, overlap.Recall, overlap.F1)
        {
            IsFilled = overlap.F1.HasValue && counts.IsEmpty,
            Iou = overlap.Iou,
            Nsd = overlap.Nsd,
            Hd95 = distances.Hd95,
            Assd = distances.Assd,
            ReferenceSize = images.Sum(image => image.Organs[organ].Reference * image.VoxelSize),
            PredictionSize = images.Sum(image => image.Organs[organ].Prediction * image.VoxelSize),
        };
    }

    private static double? MeanF1(PixelCounts[] organs) =>
        organs.Select(organ => organ.Scores().F1).Where(f1 => f1.HasValue).Average();
}
