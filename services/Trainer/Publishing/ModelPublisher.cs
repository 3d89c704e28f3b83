using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Publishing;

/// <summary>Exports a trained network, certifies that the export computes the same, and publishes both.</summary>
internal sealed class ModelPublisher(ModelCatalogue models, TrainerTelemetry telemetry)
{
    private const int SampleCount = 8;
    private const int SamplesPerBatch = 4;

    /// <summary>How a network becomes ONNX.</summary>
    public Func<SegmentationNetwork, IReadOnlyDictionary<string, string>, byte[]> Export { get; init; } =
        (network, metadata) => OnnxExporter.Export(network, metadata);

    /// <summary>What a run has published already: a crash between publishing and saying so must not publish twice.</summary>
    public async Task<ModelDocument?> FindAsync(string runId, string model, CancellationToken cancellationToken)
    {
        await foreach (var document in models.ListVersionsAsync(model, cancellationToken))
        {
            if (document.RunId == runId)
            {
                return document;
            }
        }

        return null;
    }

    /// <summary>Publishes a new version of the model.</summary>
    /// <exception cref="OrganSegException">
    /// NotReady: the exported model does not compute what the network does; nothing is published.
    /// </exception>
    public async Task<ModelDocument> PublishAsync(
        TrainedModel trained, ComputeThread compute, Action<string> progress, CancellationToken cancellationToken)
    {
        progress("export");
        byte[] onnx;
        using (var activity = telemetry.Start("export.onnx"))
        {
            onnx = await compute.RunAsync(() => Export(trained.Network, Metadata(trained)));
            activity?.SetTag("organseg.bytes", onnx.Length);
        }

        progress("parity");
        ParityCertificate parity;
        using (var activity = telemetry.Start("parity"))
        {
            parity = await compute.RunAsync(() => Compare(trained, onnx, cancellationToken));
            activity?.SetTag("organseg.parity.passed", parity.Passed);
        }

        if (!parity.Passed)
        {
            throw new OrganSegException(ErrorKind.NotReady, Describe(parity));
        }

        progress("publish");
        using (telemetry.Start("publish"))
        {
            var weights = await compute.RunAsync(() => SafeTensors.Write(trained.Network.State));
            return await models.PublishAsync(
                Document(trained),
                new Dictionary<string, ReadOnlyMemory<byte>>
                {
                    ["model.onnx"] = onnx,
                    ["weights.safetensors"] = weights,
                    ["parity.json"] = parity.ToJson(),
                },
                cancellationToken);
        }
    }

    private static ParityCertificate Compare(TrainedModel trained, byte[] onnx, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();

        // Spread over the split, so that every part of the body is among them.
        var slices = Enumerable.Range(0, Math.Min(SampleCount, trained.Samples.Count))
            .Select(i => (int)((long)i * trained.Samples.Count / Math.Min(SampleCount, trained.Samples.Count)));
        Tensor[] batches = [.. slices.Chunk(SamplesPerBatch).Select(batch => trained.Samples.Batch(batch).Images)];
        return ParityCheck.Run(trained.Network, onnx, batches, trained.Specification.Seed, cancellationToken);
    }

    private static string Describe(ParityCertificate parity)
    {
        if (parity.Failure is { } failure)
        {
            return $"The exported model cannot be run ({failure}); nothing was published.";
        }

        var error = parity.Outputs[0].RelativeL2;
        return $"The exported model does not compute what the network does, so nothing was published: labels agree on {parity.LabelAgreement:P4} "
            + $"of {parity.Pixels} pixels (needed {parity.LabelTolerance:P2}), relative error of the logits {error:G3} (allowed {parity.Tolerance:G3}).";
    }

    private static ModelDocument Document(TrainedModel trained) => new()
    {
        Model = trained.Specification.Model,
        Architecture = trained.Specification.Architecture,
        LabelSchema = trained.Dataset.LabelSchema,
        Preprocessing = trained.Dataset.Preprocessing,
        Dataset = trained.Dataset.Reference,
        DatasetDigest = trained.Dataset.Digest,
        TrainingCases =
        [
            .. trained.Dataset.Cases.Where(c => c.Slices.Any(slice => slice.Split == Splits.Train)).Select(c => c.Case),
        ],
        Leaky = trained.Dataset.Split.Leaky,
        RunId = trained.RunId,
        Specification = trained.Specification.ToJson(),
        Metrics = Metrics(trained.State),
        GitCommit = BuildCommit.Value,
    };

    private static Dictionary<string, double> Metrics(TrainingState state)
    {
        var metrics = state.BestF1.ToDictionary(
            pair => $"validation.f1.{pair.Key}", pair => pair.Value, StringComparer.Ordinal);
        if (metrics.Count > 0)
        {
            metrics["validation.f1.mean"] = state.BestF1.Values.Average();
        }

        metrics["epoch"] = state.BestEpoch;
        return metrics;
    }

    private static Dictionary<string, string> Metadata(TrainedModel trained)
    {
        var recipe = trained.Dataset.Preprocessing;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["organseg.labels"] = JsonSerializer.Serialize(trained.Dataset.LabelSchema.Classes, JsonSerializerOptions.Web),
            ["organseg.preprocessing"] = JsonSerializer.Serialize(recipe, JsonSerializerOptions.Web),
            ["organseg.dataset"] = trained.Dataset.Reference,
            ["organseg.dataset.digest"] = trained.Dataset.Digest,
            ["organseg.run"] = trained.RunId,
        };
        if (recipe is { WindowLowHu: { } low, WindowHighHu: { } high })
        {
            metadata["organseg.window"] = FormattableString.Invariant($"{low} {high} HU");
        }

        if (BuildCommit.Value is { } commit)
        {
            metadata["organseg.commit"] = commit;
        }

        return metadata;
    }
}
