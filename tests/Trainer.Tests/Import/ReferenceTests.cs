using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Import;
using OrganSeg.Trainer.Tests.Networks;
using OrganSeg.Trainer.Weights;
using OrganSeg.V1;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Import;

/// <summary>
/// Networks of PyTorch with their weights, an input and what PyTorch computes of it, in the folder that the environment
/// variable ORGANSEG_REFERENCES names: input.npy, and of each network NAME.safetensors and NAME.logits.npy.
/// </summary>
public sealed class ReferenceTests
{
    private const string Variable = "ORGANSEG_REFERENCES";

    [Theory]
    [InlineData("organsegnet", "organsegnet_w16", "16")]
    [InlineData("deeplabv3-resnet50", "deeplabv3_resnet50", "64")]
    public void Import_OfAPyTorchNetwork_ComputesItsLogits(string architecture, string name, string width)
    {
        var folder = Environment.GetEnvironmentVariable(Variable) ?? "";
        Assert.SkipUnless(Directory.Exists(folder), $"{Variable} names no folder");
        using var scope = NewDisposeScope();
        using var handle = File.OpenHandle(Path.Combine(folder, $"{name}.safetensors"));
        var file = new SafeTensorFile(handle, name);
        var plan = ImportPlan.Of(new ImportModelHeader { Architecture = architecture, Model = "m" });

        var options = ImportedNetwork.OptionsOf(plan, file.Header);
        using var network = ImportedNetwork.Load(options, file);
        network.Training = false;
        using var _ = no_grad();
        var input = Npy(Path.Combine(folder, "input.npy"));
        var expected = Npy(Path.Combine(folder, $"{name}.logits.npy"));
        using var session = new InferenceSession(OnnxExporter.Export(network));
        using var image = OrtValue.CreateTensorValueFromMemory(input.data<float>().ToArray(), input.shape);
        using var run = new RunOptions();
        using var outputs = session.Run(run, [OnnxExporter.Image], [image], [OnnxExporter.Logits]);
        var onnx = tensor(outputs[0].GetTensorDataAsSpan<float>().ToArray()).reshape(expected.shape);

        Assert.Equal(width, NetworkSetting.Texts(options)["width"]);
        var eager = TestNetworks.RelativeL2(network.Forward(input), expected);
        var exported = TestNetworks.RelativeL2(onnx, expected);
        TestContext.Current.SendDiagnosticMessage($"{name}: TorchSharp {eager:E2}, ONNX Runtime {exported:E2}");
        Assert.InRange(eager, 0, 1e-4);
        Assert.InRange(exported, 0, 1e-4);
    }

    /// <summary>Reads a version 1 .npy file of little-endian float32 in C order, [N, C, H, W].</summary>
    private static Tensor Npy(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var header = System.Text.Encoding.ASCII.GetString(bytes, 10, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(8)));
        Assert.Contains("'<f4'", header);
        Assert.Contains("'fortran_order': False", header);
        var shape = header[(header.IndexOf('(') + 1)..header.IndexOf(')')].Split(',').Select(long.Parse).ToArray();
        return tensor(MemoryMarshal.Cast<byte, float>(bytes.AsSpan(10 + header.Length)).ToArray()).reshape(shape);
    }
}
