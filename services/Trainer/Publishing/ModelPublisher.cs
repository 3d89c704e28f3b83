using System.Text.Json;
using Microsoft.Extensions.Options;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Publishing;

/// <summary>
/// Exports a network, trained here or imported, certifies that the export computes the same, and publishes both.
/// </summary>
internal sealed class ModelPublisher(ModelCatalogue models, TrainerTelemetry telemetry, IOptions<TrainerOptions> options)
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
        ModelCandidate candidate, ComputeThread compute, Action<string> progress, CancellationToken cancellationToken)
    {
        progress("export");
        byte[] onnx;
        using (var activity = telemetry.Start("export.onnx"))
        {
            onnx = await compute.RunAsync(() => Export(candidate.Network, Metadata(candidate.Document)));
            activity?.SetTag("organseg.bytes", onnx.Length);
        }

        progress("parity");
        ParityCertificate parity;
        using (var activity = telemetry.Start("parity"))
        {
            parity = await compute.RunAsync(() => Compare(candidate, onnx, cancellationToken));
            activity?.SetTag("organseg.parity.passed", parity.Passed);
        }

        if (!parity.Passed)
        {
            throw new OrganSegException(ErrorKind.NotReady, Describe(parity)) { IsNameless = true };
        }

        Dictionary<string, ReadOnlyMemory<byte>> files = [];
        if (candidate.Quantization is { } data)
        {
            progress("quantize");
            using var activity = telemetry.Start("quantize");
            try
            {
                var quantizer = new ModelQuantizer(options.Value.Threads, (_, _, _) => { });
                var quantized = await Task.Run(
                    () => quantizer.Quantize(onnx, candidate.Document.LabelSchema, data, cancellationToken), cancellationToken);
                activity?.SetTag("organseg.quantization.passed", quantized.Passed);
                progress(quantized.Describe());
                files = quantized.Publication().ToDictionary(StringComparer.Ordinal);
            }
            catch (OrganSegException error) when (error.Kind is not ErrorKind.Cancelled)
            {
                // The float model is what was asked for first, and it is whole.
                progress($"no int8: {error.Message}");
            }
        }

        progress("publish");
        using (telemetry.Start("publish"))
        {
            var weights = await compute.RunAsync(() => SafeTensors.Write(candidate.Network.State));
            return await models.PublishAsync(
                candidate.Document,
                new Dictionary<string, ReadOnlyMemory<byte>>(files)
                {
                    ["model.onnx"] = onnx,
                    ["weights.safetensors"] = weights,
                    [ParityCertificate.File] = parity.ToJson(),
                },
                cancellationToken);
        }
    }

    private ParityCertificate Compare(ModelCandidate candidate, byte[] onnx, CancellationToken cancellationToken)
    {
        using var scope = NewDisposeScope();
        return ParityCheck.Run(
            candidate.Network,
            onnx,
            candidate.Samples is { } samples ? Batches(samples) : [],
            new ParityOptions { Seed = candidate.Seed, Threads = options.Value.Threads },
            cancellationToken);
    }

    /// <summary>A few slices spread over the split, so that every part of the body is among them.</summary>
    private static Tensor[] Batches(SliceSet samples)
    {
        var count = Math.Min(SampleCount, samples.Count);
        var slices = Enumerable.Range(0, count).Select(i => (int)((long)i * samples.Count / count));
        return [.. slices.Chunk(SamplesPerBatch).Select(batch => samples.Batch(batch).Images)];
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

    private static Dictionary<string, string> Metadata(ModelDocument model)
    {
        var recipe = model.Preprocessing;
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["organseg.labels"] = JsonSerializer.Serialize(model.LabelSchema.Classes, JsonSerializerOptions.Web),
            ["organseg.preprocessing"] = JsonSerializer.Serialize(recipe, JsonSerializerOptions.Web),
        };
        Add("organseg.dataset", model.Dataset);
        Add("organseg.dataset.digest", model.DatasetDigest);
        Add("organseg.run", model.RunId);
        Add("organseg.commit", model.GitCommit);
        if (recipe is { WindowLowHu: { } low, WindowHighHu: { } high })
        {
            metadata["organseg.window"] = FormattableString.Invariant($"{low} {high} HU");
        }

        return metadata;

        void Add(string key, string? value)
        {
            if (value is not null)
            {
                metadata[key] = value;
            }
        }
    }
}
