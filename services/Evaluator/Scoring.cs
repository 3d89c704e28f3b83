using Microsoft.Extensions.Options;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Volumes;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Evaluator;

/// <summary>Scores label maps of any origin: images, or volumes.</summary>
internal sealed class Scoring(
    ReportWriter writer, MeasurementStore measurements, EvaluatorTelemetry telemetry, IOptions<EvaluatorOptions> options)
{
    /// <param name="requests">A header, then each image, or each volume with its planes.</param>
    /// <param name="answer">Told whether an offered volume is wanted.</param>
    /// <param name="progress">Told after every map.</param>
    /// <param name="cancellationToken">Stops the scoring; no report is stored then.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the file.</exception>
    public Task<StoredReport> RunAsync(
        IAsyncEnumerable<ScoreRequest> requests,
        Action<VolumeAnswer> answer,
        Action<EvaluationProgress> progress,
        CancellationToken cancellationToken) =>
        SpanErrors.RunAsync(() => telemetry.StartRun("pairs"), _ => ScoreAsync(requests, answer, progress, cancellationToken));

    private async Task<StoredReport> ScoreAsync(
        IAsyncEnumerable<ScoreRequest> requests,
        Action<VolumeAnswer> answer,
        Action<EvaluationProgress> progress,
        CancellationToken cancellationToken)
    {
        ScoreSession? session = null;
        VolumeSet? coming = null;
        var kept = new List<string>();
        // One volume is measured, with all cores, while the next one comes in.
        var measuring = Task.CompletedTask;
        try
        {
            await foreach (var request in requests.WithCancellation(cancellationToken))
            {
                switch (request.PayloadCase)
                {
                    case ScoreRequest.PayloadOneofCase.Header when session is null:
                        session = new ScoreSession(request.Header);
                        break;
                    case ScoreRequest.PayloadOneofCase.Pair when session is not null && coming is null:
                        Add(session, request.Pair);
                        Report(session, "image");
                        break;
                    case ScoreRequest.PayloadOneofCase.Volumes when session is not null && coming is null:
                        coming = await OfferAsync(session, request.Volumes);
                        break;
                    case ScoreRequest.PayloadOneofCase.Planes when session is not null && coming is not null:
                        coming.Add(request.Planes, session.Schema);
                        if (coming.IsComplete)
                        {
                            await measuring;
                            var complete = coming;
                            measuring = Task.Run(() => MeasureAsync(session, complete), cancellationToken);
                            coming = null;
                        }

                        break;
                    default:
                        throw OrganSegException.Invalid("payload", "must be one header first, then images or volumes, and planes only of the volume offered last.");
                }
            }
        }
        finally
        {
            // What was measured is kept, also when the caller is gone.
            await measuring.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await measuring;
        if (coming is not null)
        {
            throw OrganSegException.Invalid(coming.Name, "ends before its last plane.");
        }

        if (session is null || session.Count == 0)
        {
            throw OrganSegException.Invalid("pair", "none was given; send at least one prediction with its reference.");
        }

        telemetry.CountSlices(session.Count);
        var report = await writer.WriteAsync(
            session.Schema,
            null,
            session.Scored,
            (wanted, _) => Task.FromResult<IReadOnlyDictionary<SliceId, ShownSlice>>(wanted.ToDictionary(slice => slice, session.Show)),
            session.Gate,
            cancellationToken,
            session.Mapping,
            session.Sheared);
        // The report stands, whoever is still waiting for it.
        await measurements.DeleteAsync(kept, CancellationToken.None);
        return report;

        async Task<VolumeSet?> OfferAsync(ScoreSession session, LabelVolumes offer)
        {
            session.Take(offer.Name, MapUnits.Volumes);
            var volume = new VolumeSet(offer, session.Models, options.Value);
            var known = new List<VolumeMeasurement>();
            foreach (var name in NamesOf(session, volume))
            {
                kept.Add(name);
                if (await measurements.TryReadAsync(name, cancellationToken) is { } one && one.Confusion.Length == session.Schema.Count)
                {
                    known.Add(one);
                }
            }

            var isKnown = known.Count == session.Models.Count;
            if (volume.IsSheared)
            {
                session.NoteSheared(volume.Name);
            }

            if (isKnown)
            {
                await measuring;
                session.Add(volume.Name, known);
                Report(session, "volume");
            }

            answer(new VolumeAnswer { Name = volume.Name, Wanted = !isKnown });
            return isKnown ? null : volume;
        }

        async Task MeasureAsync(ScoreSession session, VolumeSet volume)
        {
            var names = NamesOf(session, volume);
            var measured = new List<VolumeMeasurement>();
            for (var model = 0; model < session.Models.Count; model++)
            {
                var one = session.Measure(volume, model);
                measured.Add(one);
                if (names.Count > 0)
                {
                    await measurements.WriteAsync(names[model], one, CancellationToken.None);
                }
            }

            session.Add(volume.Name, measured);
            Report(session, "volume");
        }

        void Report(ScoreSession session, string unit) =>
            progress(new EvaluationProgress("score", session.Scored[0].Scorer.Slices.Count, 0, unit) { SoFar = PartialScores.Of(session.Scored) });
    }

    private static IReadOnlyList<string> NamesOf(ScoreSession session, VolumeSet volume) => volume.Sha256.Count == 0
        ? []
        : [.. session.Models.Select((_, model) => MeasurementStore.NameOf(volume, model, session.Schema, session.Settings))];

    private void Add(ScoreSession session, LabelPair pair)
    {
        session.Take(pair.Name, MapUnits.Images);
        var reference = ToLabels(pair.Reference, "reference", pair.Name, session.Schema);
        Raster[] given = [pair.Prediction, .. pair.MorePredictions];
        if (given.Length != session.Models.Count)
        {
            throw OrganSegException.Invalid(pair.Name, $"has {given.Length} predictions; the header names {session.Models.Count} models.");
        }

        var predictions = new List<ByteImage>();
        foreach (var (raster, model) in given.Zip(session.Models))
        {
            var role = given.Length == 1 ? "prediction" : $"prediction of {model}";
            var prediction = ToLabels(raster, role, pair.Name, session.Schema);
            if (reference.Width != prediction.Width || reference.Height != prediction.Height)
            {
                throw OrganSegException.Invalid(
                    pair.Name,
                    $"the {role} is {prediction.Width}×{prediction.Height}, the reference {reference.Width}×{reference.Height}; "
                    + "both must have one size.");
            }

            predictions.Add(prediction);
        }

        session.Add(pair.Name, reference, predictions);
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
