using Google.Protobuf.Collections;
using Microsoft.Extensions.Options;
using OrganSeg.Evaluator.Gates;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Imaging;
using OrganSeg.V1;
using LabelClass = OrganSeg.Imaging.LabelClass;

namespace OrganSeg.Evaluator;

/// <summary>Scores pairs of label maps of any origin.</summary>
internal sealed class Scoring(ReportWriter writer, EvaluatorTelemetry telemetry, IOptions<EvaluatorOptions> options)
{
    private const string ModelName = "predictions";

    /// <param name="requests">A header, then each pair.</param>
    /// <param name="progress">Told after every pair.</param>
    /// <param name="cancellationToken">Stops the scoring; nothing is stored then.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file.</exception>
    public async Task<StoredReport> RunAsync(
        IAsyncEnumerable<ScoreRequest> requests, Action<EvaluationProgress> progress, CancellationToken cancellationToken)
    {
        using var activity = telemetry.StartRun("pairs");
        LabelSchema? schema = null;
        ScoredModel? scored = null;
        Gate? gate = null;
        var references = new LabelArchive();
        var names = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var request in requests.WithCancellation(cancellationToken))
        {
            if (request.PayloadCase == ScoreRequest.PayloadOneofCase.Header && schema is null)
            {
                schema = SchemaOf(request.Header.LabelSchema);
                gate = request.Header.Gate is { } file ? GateFile.Parse(file.Name, file.Json, schema) : null;
                scored = new ScoredModel(ModelName, null, new Scorer(schema), new LabelArchive());
                continue;
            }

            if (schema is null || scored is null || request.PayloadCase != ScoreRequest.PayloadOneofCase.Pair)
            {
                throw OrganSegException.Invalid("payload", "must be one header first and pairs after it.");
            }

            Add(request.Pair, schema, scored, references, names);
            progress(new EvaluationProgress("score", names.Count, 0, "slice"));
        }

        if (scored is null || schema is null || names.Count == 0)
        {
            throw OrganSegException.Invalid("pair", "none was given; send at least one prediction with its reference.");
        }

        telemetry.CountSlices(names.Count);
        return await writer.WriteAsync(
            schema,
            null,
            [scored],
            (wanted, _) => Task.FromResult<IReadOnlyDictionary<SliceId, ShownSlice>>(
                wanted.ToDictionary(slice => slice, slice => new ShownSlice(null, references.Get(slice)))),
            gate,
            cancellationToken);
    }

    private static LabelSchema SchemaOf(RepeatedField<V1.LabelClass> classes)
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

    private void Add(LabelPair pair, LabelSchema schema, ScoredModel scored, LabelArchive references, HashSet<string> names)
    {
        if (string.IsNullOrWhiteSpace(pair.Name))
        {
            throw OrganSegException.Invalid("pair.name", "is missing; give the file's name.");
        }

        if (!names.Add(pair.Name))
        {
            throw OrganSegException.Invalid(pair.Name, "was given twice; send each file once.");
        }

        var reference = ToLabels(pair.Reference, "reference", pair.Name, schema);
        var prediction = ToLabels(pair.Prediction, "prediction", pair.Name, schema);
        if (reference.Width != prediction.Width || reference.Height != prediction.Height)
        {
            throw OrganSegException.Invalid(
                pair.Name,
                $"the prediction is {prediction.Width}×{prediction.Height}, the reference {reference.Width}×{reference.Height}; "
                + "both must have one size.");
        }

        var slice = new SliceId(SliceName.CaseOf(pair.Name), pair.Name);
        scored.Scorer.Add(slice, reference, prediction);
        scored.Predictions.Add(slice, prediction);
        references.Add(slice, reference);
    }

    private ByteImage ToLabels(Raster? raster, string role, string name, LabelSchema schema)
    {
        var most = options.Value.MaxSide;
        if (raster is null || raster.Width is 0 || raster.Height is 0 || raster.Width > most || raster.Height > most
            || raster.Pixels.Length != (long)raster.Width * raster.Height)
        {
            throw OrganSegException.Invalid(
                name, $"the {role} must have sides of 1 to {most} pixels and one byte a pixel.");
        }

        var labels = new ByteImage((int)raster.Width, (int)raster.Height, raster.Pixels.ToByteArray());
        return schema.TryFindUnknown(labels, out var id)
            ? throw OrganSegException.Invalid(
                name, $"the {role} has class id {id}; the label schema ends at {schema.Count - 1}.")
            : labels;
    }
}
