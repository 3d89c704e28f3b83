using Microsoft.Extensions.Options;
using OrganSeg.Onnx.Quantization;
using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Publishing;

/// <summary>
/// The last step of a cross-validation: scores each fold's network on the patients it has not seen, and publishes all of them
/// as one model that averages their probabilities.
/// </summary>
internal sealed class FoldEnsemble(
    FoldRuns folds,
    DatasetCatalogue datasets,
    ModelCatalogue models,
    ModelPublisher publisher,
    TrainerTelemetry telemetry,
    IOptions<TrainerOptions> options)
{
    private const string WeightsFile = ModelFolder.WeightsFile;

    /// <summary>Scores, writes the scores into the run, and publishes.</summary>
    /// <exception cref="OrganSegException">NotReady: a fold has no model, or the export does not compute the same.</exception>
    public async Task<ModelDocument> PublishAsync(
        RunSpecification spec, DatasetManifest manifest, RunJournal journal, RunLease lease)
    {
        var members = await MembersAsync(lease.Run, lease.Ended);
        using var compute = new ComputeThread(options.Value.Threads);
        using var network = await compute.RunAsync(() => SegmentationNetwork.Create(spec.Network, spec.Seed));
        SliceSet? samples = null;
        try
        {
            var measured = new List<CrossValidationFold>();
            var confusions = new List<Confusion>();
            for (var fold = 1; fold <= members.Count; fold++)
            {
                var (run, model) = members[fold - 1];
                var view = FoldSplit.View(manifest, members.Count, fold, spec.Seed);
                var slices = await SliceSet.LoadAsync(datasets, view, Splits.Validation, options.Value.CacheBytes, lease.Ended);
                try
                {
                    var weights = await models.ReadFileAsync(model, WeightsFile, lease.Ended);
                    using var activity = telemetry.Start("train.validate");
                    confusions.Add(await compute.RunAsync(() => Join(network, spec.OfFold(fold), weights, slices, lease.Ended)));
                    measured.Add(new CrossValidationFold
                    {
                        Fold = fold,
                        RunId = run.RunId,
                        Model = model.Reference,
                        Patients = view.Cases.Count(one => one.Slices.Any(slice => slice.Split == Splits.Validation)),
                        Slices = slices.Count,
                        F1 = confusions[^1].F1ByOrgan(manifest.LabelSchema),
                    });
                    journal.Add(new ProgressEntry("validate folds", fold, members.Count, "fold"));
                }
                finally
                {
                    if (samples is null)
                    {
                        samples = slices;
                    }
                    else
                    {
                        slices.Dispose();
                    }
                }
            }

            var result = CrossValidationScores.Of(manifest.LabelSchema, spec.Classes, measured, confusions);
            await lease.UpdateAsync(run => run with { CrossValidation = result }, lease.Ended);
            var first = FoldSplit.View(manifest, members.Count, 1, spec.Seed);
            var candidate = new ModelCandidate(Document(lease.Run, spec, first, result), network, samples, spec.Seed)
            {
                Quantization = !spec.Quantize ? null : await QuantizationData.ReadAsync(
                    datasets,
                    first,
                    CalibrationMethod.MinMax,
                    QuantizationData.DefaultCalibrationSlices,
                    QuantizationData.DefaultValidationSlices,
                    lease.Ended),
            };
            return await publisher.PublishAsync(
                candidate, compute, stage => journal.Add(new ProgressEntry(stage, 0, 1, "model")), lease.Ended);
        }
        finally
        {
            samples?.Dispose();
        }
    }

    /// <summary>Gives the ensemble a fold's weights, and counts what the fold's own network makes of its patients.</summary>
    private static Confusion Join(
        SegmentationNetwork ensemble, RunSpecification spec, byte[] weights, SliceSet slices, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        using var session = new TrainingSession(spec with { WeightAveraging = 0 });
        session.Network.LoadState(SafeTensors.Read(weights, WeightsFile));
        using (no_grad())
        {
            foreach (var (name, value) in session.Network.State)
            {
                ensemble.State[SegmentationNetworks.MemberPrefix(spec.Fold!.Value - 1) + name].copy_(value);
            }
        }

        return session.Validate(slices, cancellationToken).Confusion;
    }

    private async Task<IReadOnlyList<(RunDocument Run, ModelDocument Model)>> MembersAsync(
        RunDocument run, CancellationToken cancellationToken)
    {
        var members = await folds.ListAsync(run, cancellationToken);
        var missing = members.Where(member => member.State != RunState.Succeeded)
            .Select(member => $"run {member.RunId} is {member.State}{(member.Error is { } error ? $": {error}" : "")}").ToList();
        if (missing.Count > 0 || members.Count != run.Members.Count)
        {
            throw new OrganSegException(
                ErrorKind.NotReady,
                $"Not every fold has a model ({string.Join("; ", missing)}). Resume run {run.RunId}: folds that have one are not trained again.");
        }

        var found = new List<(RunDocument, ModelDocument)>();
        foreach (var member in members)
        {
            found.Add((member, await models.ResolveAsync($"{member.Model}@{member.ModelVersion}", cancellationToken)));
        }

        return found;
    }

    private static ModelDocument Document(
        RunDocument run, RunSpecification spec, DatasetManifest dataset, CrossValidationResult result) => new()
        {
            Model = spec.Model,
            Architecture = spec.Architecture,
            LabelSchema = dataset.LabelSchema,
            Preprocessing = dataset.Preprocessing,
            Dataset = dataset.Reference,
            DatasetDigest = dataset.Digest,

            // Whom one network has not seen the others have.
            TrainingCases = [.. dataset.Cases
                .Where(one => one.Slices.Any(slice => slice.Split is Splits.Train or Splits.Validation)).Select(one => one.Case)],
            Leaky = dataset.Split.Leaky,
            Notice = dataset.Notice,
            RunId = run.RunId,
            Specification = spec.ToJson(),
            Metrics = CrossValidationScores.Metrics(result),
            GitCommit = BuildCommit.Value,
        };
}
