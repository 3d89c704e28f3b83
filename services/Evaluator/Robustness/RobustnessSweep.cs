using System.Runtime.CompilerServices;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>Predicts the same slices again and again, each time perturbed a little more, and scores them.</summary>
internal sealed class RobustnessSweep(DatasetCatalogue datasets, InferencePredictor predictor, EvaluatorTelemetry telemetry)
{
    /// <param name="study">Slices, perturbations and how.</param>
    /// <param name="model"><c>model@version</c>.</param>
    /// <param name="variant">Form of the model; empty means Inference's default.</param>
    /// <param name="advance">Told of every slice, with the model.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    /// <returns>A curve for each perturbation.</returns>
    /// <exception cref="OrganSegException">As Inference says, or the model predicts a class that there is not.</exception>
    public async Task<IReadOnlyList<RobustnessCurve>> RunAsync(
        RobustnessStudy study, string model, string variant, Action<string> advance, CancellationToken cancellationToken)
    {
        using var activity = telemetry.StartRobustness(model);
        var unperturbed = await ScoreAsync(Slices());
        var curves = new List<RobustnessCurve>();
        foreach (var perturbation in study.Perturbations)
        {
            var levels = new List<IReadOnlyList<double?>> { unperturbed };
            for (var level = 1; level < perturbation.Severities.Count; level++)
            {
                levels.Add(await ScoreAsync(PerturbAsync(Slices(), perturbation, level, study.Plan.Seed, cancellationToken)));
            }

            curves.Add(CurveOf(study, perturbation, levels));
        }

        return curves;

        IAsyncEnumerable<DatasetSample> Slices() => datasets.ReadAsync(study.Sample, study.Split, cancellationToken);

        Task<IReadOnlyList<double?>> ScoreAsync(IAsyncEnumerable<DatasetSample> samples) =>
            PooledF1Async(samples, study.Sample.LabelSchema, model, variant, () => advance(model), cancellationToken);
    }

    private static RobustnessCurve CurveOf(
        RobustnessStudy study, Perturbation perturbation, IReadOnlyList<IReadOnlyList<double?>> levels) => new(
            perturbation.Name,
            perturbation.Unit,
            perturbation.Severities,
            [.. study.Sample.LabelSchema.Organs.Select((organ, i) => OrganCurve.Of(
                organ.Name, perturbation.Severities, [.. levels.Select(level => level[i])], study.Plan.KeptShare))]);

    private static async IAsyncEnumerable<DatasetSample> PerturbAsync(
        IAsyncEnumerable<DatasetSample> samples,
        Perturbation perturbation,
        int level,
        ulong seed,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var sample in samples.WithCancellation(cancellationToken))
        {
            yield return perturbation.Apply(sample, level, seed);
        }
    }

    /// <summary>Predicts and scores: pooled F1 of each organ.</summary>
    private async Task<IReadOnlyList<double?>> PooledF1Async(
        IAsyncEnumerable<DatasetSample> samples,
        LabelSchema schema,
        string model,
        string variant,
        Action advance,
        CancellationToken cancellationToken)
    {
        var pixels = new ConfusionMatrix(schema.Count);
        await predictor.PredictAsync(
            model,
            variant,
            samples,
            confidence: false,
            (slice, prediction) =>
            {
                var labels = prediction.Labels;
                if (schema.TryFindUnknown(labels, out var id))
                {
                    throw new OrganSegException(
                        ErrorKind.Corrupt, $"{model} predicted class {id} on {slice.Name}, which its label schema lacks.");
                }

                // Only pooled values are wanted, so no slice needs to be remembered.
                pixels.Add(ConfusionMatrix.Of(slice.Labels, labels, schema.Count));
                advance();
            },
            cancellationToken);
        return [.. schema.Organs.Select(organ => pixels.CountsOf(organ.Id).Scores().F1)];
    }
}
