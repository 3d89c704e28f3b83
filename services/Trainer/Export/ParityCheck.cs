using System.Reflection;
using System.Security.Cryptography;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Trainer.Networks;
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

    // One image of the usual size, and a batch of images that are not square.
    private static readonly long[][] RandomShapes = [[1, 1, 224, 224], [3, 1, 256, 192]];

    /// <summary>Runs both on real and on random images, on the processor's ONNX Runtime.</summary>
    /// <param name="network">The network; its training mode is restored afterwards.</param>
    /// <param name="onnx">The model exported from it.</param>
    /// <param name="samples">Batches of real images, [N, 1, H, W] bytes or floats 0…255; they stay the caller's.</param>
    /// <param name="seed">Seed of the random images.</param>
    /// <param name="cancellationToken">Checked between batches.</param>
    /// <returns>A certificate, passed or not; a model that ONNX Runtime refuses does not pass.</returns>
    public static ParityCertificate Run(
        SegmentationNetwork network,
        byte[] onnx,
        IReadOnlyList<Tensor> samples,
        ulong seed = 0,
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
            using var session = new InferenceSession(onnx);
            using var generator = new Generator(seed, CPU);
            var random = RandomShapes.Select(shape => rand(shape, float32, generator: generator).mul(255).round());
            foreach (var batch in samples.Concat(random))
            {
                cancellationToken.ThrowIfCancellationRequested();
                Compare(network, session, batch, comparison);
            }
        }
        catch (OnnxRuntimeException e)
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
                && comparison.Logits.RelativeL2 <= Tolerance
                && comparison.LabelAgreement >= LabelTolerance,
            Failure = failure,
            Tolerance = Tolerance,
            LabelTolerance = LabelTolerance,
            LabelAgreement = comparison.LabelAgreement,
            Outputs = [comparison.Logits, comparison.Labels],
            Samples = comparison.Samples,
            RealSamples = samples.Sum(batch => batch.shape[0]),
            Pixels = comparison.Pixels,
            Shapes = comparison.Shapes,
            TorchSharpVersion = VersionOf(typeof(torch)),
            OnnxRuntimeVersion = OrtEnv.Instance().GetVersionString(),
            OnnxSha256 = Convert.ToHexStringLower(SHA256.HashData(onnx)),
        };
    }

    private static void Compare(
        SegmentationNetwork network, InferenceSession session, Tensor batch, ParityComparison comparison)
    {
        using var scope = NewDisposeScope();
        var image = batch.to(float32).cpu().contiguous();
        var expected = network.Forward(image).cpu().contiguous();
        var expectedLabels = expected.argmax(1).to(uint8).contiguous();

        using var input = OrtValue.CreateTensorValueFromMemory(image.data<float>().ToArray(), image.shape);
        using var options = new RunOptions();
        using var outputs = session.Run(
            options, [OnnxExporter.Image], [input], [OnnxExporter.Logits, OnnxExporter.Labels]);
        comparison.Add(
            batch.shape,
            expected.data<float>().ToArray(),
            outputs[0].GetTensorDataAsSpan<float>(),
            expectedLabels.data<byte>().ToArray(),
            outputs[1].GetTensorDataAsSpan<byte>());
    }

    private static string VersionOf(Type type) =>
        type.Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
        ?? type.Assembly.GetName().Version?.ToString()
        ?? "";
}
