using System.Runtime.CompilerServices;
using OrganSeg.Evaluator.Metrics;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Imaging;
using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>Predicts the same slices again and again, each time perturbed a little more, and scores them.</summary>
internal sealed class RobustnessSweep(DatasetCatalogue datasets, InferencePredictor predictor, EvaluatorTelemetry telemetry)
{
    /// <summary>How often a slice is predicted by one model: unperturbed, and once for every other severity.</summary>
    public static int PassesOf(IReadOnlyList<Perturbation> perturbations) =>
        1 + perturbations.Sum(perturbation => perturbation.Severities.Count - 1);

    /// <param name="sample">The slices, as <see cref="SliceSample.Of"/> chooses them.</param>
    /// <param name="split">The side of the split they are on.</param>
    /// <param name="perturbations">What is done to them.</param>
    /// <param name="plan">Seed and bound.</param>
    /// <param name="model"><c>model@version</c>.</param>
    /// <param name="variant">Form of the model; empty means Inference's default.</param>
    /// <param name="advance">Told of every slice, with the name of the perturbation.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    /// <returns>A curve for each perturbation.</returns>
    /// <exception cref="OrganSegException">As Inference says, or the model predicts a class that there is not.</exception>
    public async Task<IReadOnlyList<RobustnessCurve>> RunAsync(
        DatasetManifest sample,
        string split,
        IReadOnlyList<Perturbation> perturbations,
        RobustnessPlan plan,
        string model,
        string variant,
        Action<string> advance,
        CancellationToken cancellationToken)
    {
        using var activity = telemetry.StartRobustness(model);
        var unperturbed = await ScoreAsync(
            datasets.ReadAsync(sample, split, cancellationToken), sample.LabelSchema, model, variant, () => advance("unperturbed"), cancellationToken);
        var curves = new List<RobustnessCurve>();
        foreach (var perturbation in perturbations)
        {
            var levels = new List<IReadOnlyList<double?>> { unperturbed };
            for (var level = 1; level < perturbation.Severities.Count; level++)
            {
                levels.Add(await ScoreAsync(
                    PerturbAsync(datasets.ReadAsync(sample, split, cancellationToken), perturbation, level, plan.Seed, cancellationToken),
                    sample.LabelSchema,
                    model,
                    variant,
                    () => advance(perturbation.Name),
                    cancellationToken));
            }

            curves.Add(new RobustnessCurve(
                perturbation.Name,
                perturbation.Unit,
                perturbation.Severities,
                [.. sample.LabelSchema.Organs.Select((organ, i) => OrganCurve.Of(
                    organ.Name, perturbation.Severities, [.. levels.Select(level => level[i])], plan.KeptShare))]));
        }

        return curves;
    }

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

    /// <summary>Pooled F1 of each organ.</summary>
    private async Task<IReadOnlyList<double?>> ScoreAsync(
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
            (slice, labels) =>
            {
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
