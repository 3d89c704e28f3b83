using System.Reflection;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Onnx;
using OrganSeg.Storage;
using OrganSeg.Torch;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Export;

/// <summary>Compares an exported model under ONNX Runtime with its network under TorchSharp.</summary>
internal static class ParityCheck
{
    /// <summary>Relative L2 error of the logits that float32 arithmetic in another order stays well below.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>Least share of pixels with equal labels: only near ties between classes may fall differently.</summary>
    public const double LabelTolerance = 0.9999;

    /// <summary>Compares the outputs, with random images drawn from a seed.</summary>
    /// <inheritdoc cref="Run(SegmentationNetwork, byte[], IReadOnlyList{Tensor}, ParityOptions, CancellationToken)"/>
    public static ParityCertificate Run(
        SegmentationNetwork network,
        byte[] onnx,
        IReadOnlyList<Tensor> samples,
        ulong seed = 0,
        CancellationToken cancellationToken = default) =>
        Run(network, onnx, samples, new ParityOptions { Seed = seed }, cancellationToken);

    /// <summary>Runs both on real and on random images, on the processor's ONNX Runtime.</summary>
    /// <param name="network">The network; its training mode is restored afterwards.</param>
    /// <param name="onnx">The model exported from it.</param>
    /// <param name="samples">Batches of real images, [N, 1, H, W] bytes or floats 0…255; they stay the caller's.</param>
    /// <param name="options">What to do beyond comparing the outputs.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>A certificate, passed or not; a model that ONNX Runtime refuses does not pass.</returns>
    public static ParityCertificate Run(
        SegmentationNetwork network,
        byte[] onnx,
        IReadOnlyList<Tensor> samples,
        ParityOptions options,
        CancellationToken cancellationToken = default)
    {
        var comparison = new ParityComparison();
        var training = network.Training;
        network.Training = false;
        string? failure = null;
        try
        {
            using var scope = NewDisposeScope();
            using var _ = no_grad();
            using var session = new ParitySession(network, onnx, options, comparison);
            using var generator = new Generator(options.Seed, CPU);
            var random = options.RandomShapes.Select(shape => rand(shape, float32, generator: generator).Times(255).round());
            foreach (var batch in samples.Concat(random))
            {
                cancellationToken.ThrowIfCancellationRequested();
                session.Compare(batch);
            }
        }
        catch (Exception e) when (e is OnnxRuntimeException or OnnxFormatException)
        {
            failure = e.Message;
        }
        finally
        {
            network.Training = training;
        }

        return new ParityCertificate
        {
            Passed = failure is null
                && comparison.Within(Tolerance)
                && comparison.LabelAgreement >= LabelTolerance,
            Failure = failure,
            Tolerance = Tolerance,
            LabelTolerance = LabelTolerance,
            LabelAgreement = comparison.LabelAgreement,
            Outputs = comparison.Outputs,
            Layers = options.Layers ? comparison.Layers : null,
            Samples = comparison.Samples,
            RealSamples = samples.Sum(batch => batch.shape[0]),
            Pixels = comparison.Pixels,
            Shapes = comparison.Shapes,
            TorchSharpVersion = VersionOf(typeof(torch)),
            OnnxRuntimeVersion = OrtEnv.Instance().GetVersionString(),
            OnnxSha256 = Convert.ToHexStringLower(SHA256.HashData(onnx)),
            WeightsSha256 = options.WeightsSha256 ?? Convert.ToHexStringLower(SHA256.HashData(SafeTensors.Write(network.State))),
        };
    }

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? type.Assembly.GetName().Version?.ToString()
        ?? "";
}
