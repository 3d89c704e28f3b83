using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Rpc;
using OrganSeg.Evaluator.Surfaces;
using OrganSeg.Evaluator.Volumes;
using OrganSeg.Imaging;
using OrganSeg.V1;
using LabelClass = OrganSeg.Imaging.LabelClass;

namespace OrganSeg.Evaluator;

/// <summary>What has been scored of the label maps of one call.</summary>
internal sealed class ScoreSession
{
    private readonly LabelArchive _references = new();
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly List<string> _sheared = [];
    private readonly string[] _models;
    private readonly MapMeter _meter;
    private ScoredModel[] _scored = [];
    private MapUnits? _units;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the field of the header.</exception>
    public ScoreSession(ScoreHeader header)
    {
        Schema = SchemaOf(header.LabelSchema);
        Settings = ScoringMessages.ToSettings(header.Scoring);
        Gate = header.Gate is { } file ? GateFile.Parse(file.Name, file.Json, Schema) : null;
        _models = header.Models.Count == 0 ? ["predictions"] : [.. header.Models];
        if (_models.Any(string.IsNullOrWhiteSpace) || _models.Distinct(StringComparer.Ordinal).Count() != _models.Length)
        {
            throw OrganSegException.Invalid("models", "must be different names, none of them empty.");
        }

        Mapping = new LabelMapping(header.ReferenceMap, header.PredictionMap);
        _meter = new MapMeter(Schema, Settings);
    }

    public LabelSchema Schema { get; }

    public ScoringSettings Settings { get; }

    public Gate? Gate { get; }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Models => _models;

    /// <summary>How the ids of the files became class ids.</summary>
    public LabelMapping Mapping { get; }

    /// <summary>Volumes whose axes do not stand upright on one another.</summary>
    public IReadOnlyList<string> Sheared => _sheared;

    /// <summary>Images or volumes so far.</summary>
    public int Count => _names.Count;

    public IReadOnlyList<ScoredModel> Scored => _scored;

    /// <summary>Takes a name, which must be new, and says whether it is of images or of volumes, which do not mix.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file.</exception>
    public void Take(string name, MapUnits units)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            throw OrganSegException.Invalid("name", "is missing; give the file's name.");
        }

        if (!_names.Add(name))
        {
            throw OrganSegException.Invalid(name, "was given twice; send each file once.");
        }

        if (_units is null)
        {
            _units = units;
            _scored = [.. _models.Select(model => new ScoredModel(model, null, new Scorer(Schema, Settings, units), new LabelArchive()))];
        }
        else if (_units != units)
        {
            throw OrganSegException.Invalid(name, "images and volumes cannot be scored together; their metrics mean different things.");
        }
    }

    /// <summary>Remembers that distances of a volume are too long, and too short along others.</summary>
    public void NoteSheared(string name) => _sheared.Add(name);

    /// <summary>Scores an image.</summary>
    public void Add(string name, ByteImage reference, IReadOnlyList<ByteImage> predictions)
    {
        var slice = new SliceId(SliceName.CaseOf(name), name);
        for (var i = 0; i < predictions.Count; i++)
        {
            var scores = _meter.Measure(LabelGrid.Of(reference), LabelGrid.Of(predictions[i]), null, Concurrency.None);
            _scored[i].Scorer.Add(slice, scores, voxelSize: 1);
            _scored[i].Predictions.Add(slice, predictions[i]);
        }

        _references.Add(slice, reference);
    }

    /// <summary>Measures a volume, and changes nothing.</summary>
    public VolumeMeasurement Measure(VolumeSet volume, int model)
    {
        var (reference, prediction) = (volume.Reference(), volume.Prediction(model));
        return VolumeMeasurement.Of(
            _meter.Measure(reference, prediction, volume.Spacing, Concurrency.All), volume.VoxelMillilitres, reference, prediction);
    }

    /// <summary>Scores a volume by what was measured of it, for each model.</summary>
    public void Add(string name, IReadOnlyList<VolumeMeasurement> measurements)
    {
        // The name has no extension; dots in it, as of a DICOM identifier, are its own.
        var slice = new SliceId(SliceName.CaseOf(name + ".nii"), name);
        for (var i = 0; i < measurements.Count; i++)
        {
            var one = measurements[i];
            _scored[i].Scorer.Add(slice, one.Scores(), one.VoxelMillilitres);
            _scored[i].Predictions.Add(slice, new ByteImage(one.Width, one.Height, one.Prediction));
        }

        _references.Add(slice, new ByteImage(measurements[0].Width, measurements[0].Height, measurements[0].Reference));
    }

    /// <summary>The reference of a slice, to be shown.</summary>
    public ShownSlice Show(SliceId slice) => new(null, _references.Get(slice));

    private static LabelSchema SchemaOf(Google.Protobuf.Collections.RepeatedField<V1.LabelClass> classes)
    {
        if (classes.Count == 0)
        {
            return LabelSchema.Abdomen;
        }

        if (classes.FirstOrDefault(c => c.Id > byte.MaxValue) is { } wrong)
        {
            throw OrganSegException.Invalid("labelSchema", $"class id {wrong.Id} must be 0 to 255.");
        }

        return new LabelSchema([.. classes.Select(c => new LabelClass((byte)c.Id, c.Name))]);
    }
}
