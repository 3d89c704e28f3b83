using System.Security.Cryptography;
using OrganSeg.Imaging;
using OrganSeg.Onnx;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Tests.Support;

/// <summary>
/// Real ONNX models whose answer is known by heart: class c is where the grey value is nearest to 50·c, so that a slice
/// painted with 50·label is segmented perfectly. A shift adds to each class, so that versions can be told apart.
/// </summary>
internal static class GreyModel
{
    public const int GreyPerClass = 50;

    /// <summary>The graph: logits −(grey − centre)², labels by ArgMax.</summary>
    /// <param name="shift">Class c answers where the grey value is nearest to 50·((c − shift) mod 5).</param>
    /// <param name="input">Name of the input; another than <c>image</c> breaks the contract.</param>
    /// <param name="labels">Element type of <c>labels</c>; another than UInt8 breaks the contract.</param>
    public static byte[] Onnx(int shift = 0, string input = "image", OnnxElementType labels = OnnxElementType.UInt8)
    {
        var classes = LabelSchema.Abdomen.Count;
        var graph = new OnnxGraph("grey");
        var image = graph.AddInput(input, OnnxElementType.Float, "N", 1, "H", "W");
        var centres = Enumerable.Range(0, classes)
            .Select(c => (float)(GreyPerClass * ((c - shift + classes) % classes))).ToArray();
        OnnxDimension[] logitsShape = ["N", classes, "H", "W"];
        OnnxDimension[] labelsShape = ["N", "H", "W"];
        var difference = graph.AddNode(
            "Sub", [image, graph.Constant(OnnxTensor.Floats(centres, 1, classes, 1, 1))], OnnxElementType.Float, logitsShape);
        var square = graph.AddNode("Mul", [difference, difference], OnnxElementType.Float, logitsShape);
        var logits = graph.AddNode("Neg", [square], OnnxElementType.Float, logitsShape);
        var best = graph.AddNode(
            "ArgMax", [logits], OnnxElementType.Int64, labelsShape, [OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0)]);
        var ids = graph.AddNode("Cast", [best], labels, labelsShape, [OnnxAttribute.Of("to", (long)labels)]);
        graph.AddOutput(ids, "labels");
        graph.AddOutput(logits, "logits");
        return OnnxWriter.Write(graph);
    }

    /// <summary>SHA-256 as certificates write it.</summary>
    public static string Sha256(ReadOnlySpan<byte> file) => Convert.ToHexStringLower(SHA256.HashData(file));

    /// <summary>A certificate for a model.</summary>
    public static ParityCertificate Parity(byte[] onnx) => new()
    {
        Passed = true,
        Tolerance = 1e-4,
        LabelTolerance = 1,
        LabelAgreement = 1,
        Outputs = [],
        Samples = 1,
        RealSamples = 0,
        Pixels = 1,
        Shapes = [],
        TorchSharpVersion = "",
        OnnxRuntimeVersion = "",
        OnnxSha256 = Sha256(onnx),
    };

    /// <summary>Publishes a model of any bytes, with a certificate for it or another one.</summary>
    public static Task<ModelDocument> PublishAsync(
        ModelCatalogue models,
        string name,
        byte[] onnx,
        CancellationToken cancellationToken,
        int size = 64,
        IReadOnlyList<string>? trainingCases = null,
        bool leaky = false,
        ParityCertificate? parity = null) =>
        models.PublishAsync(
            new ModelDocument
            {
                Model = name,
                Architecture = "grey-levels",
                LabelSchema = LabelSchema.Abdomen,
                Preprocessing = new PreprocessingRecipe { Size = size },
                Dataset = "phantoms@1",
                DatasetDigest = new string('a', 64),
                TrainingCases = trainingCases ?? [],
                Leaky = leaky,
            },
            new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["model.onnx"] = onnx,
                [ParityCertificate.File] = (parity ?? Parity(onnx)).ToJson(),
            },
            cancellationToken);

    /// <summary>The slice whose perfect segmentation is <paramref name="labels"/>.</summary>
    public static ByteImage Paint(ByteImage labels) =>
        new(labels.Width, labels.Height, Array.ConvertAll(labels.Pixels, id => (byte)(id * GreyPerClass)));
}
