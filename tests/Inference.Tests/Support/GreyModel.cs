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

    private static readonly int Classes = LabelSchema.Abdomen.Count;

    /// <summary>The graph: logits −(grey − centre)², labels by ArgMax.</summary>
    /// <param name="shift">Class c answers where the grey value is nearest to 50·((c − shift) mod 5).</param>
    /// <param name="input">Name of the input; another than <c>image</c> breaks the contract.</param>
    /// <param name="labels">Element type of <c>labels</c>; another than UInt8 breaks the contract.</param>
    public static byte[] Onnx(int shift = 0, string input = "image", OnnxElementType labels = OnnxElementType.UInt8) =>
        Onnx([.. Enumerable.Range(0, Classes).Select(c => (float)(GreyPerClass * ((c - shift + Classes) % Classes)))], input, labels);

    /// <summary>A graph with other grey values for the classes.</summary>
    /// <param name="centres">Class c answers where the grey value is nearest to the c-th.</param>
    /// <param name="input">Name of the input.</param>
    /// <param name="labels">Element type of <c>labels</c>.</param>
    /// <param name="addend">From the image, a scalar that is added to every logit and so changes nothing.</param>
    /// <param name="labelOffset">Is added to each class id; above 0 they are ids of no class.</param>
    public static byte[] Onnx(
        float[] centres,
        string input = "image",
        OnnxElementType labels = OnnxElementType.UInt8,
        Func<OnnxGraph, OnnxValue, OnnxValue>? addend = null,
        long labelOffset = 0)
    {
        var classes = Classes;
        var graph = new OnnxGraph("grey");
        var image = graph.AddInput(input, OnnxElementType.Float, "N", 1, "H", "W");
        OnnxDimension[] logitsShape = ["N", classes, "H", "W"];
        OnnxDimension[] labelsShape = ["N", "H", "W"];
        var difference = graph.AddNode(
            "Sub", [image, graph.Constant(OnnxTensor.Floats(centres, 1, classes, 1, 1))], OnnxElementType.Float, logitsShape);
        var square = graph.AddNode("Mul", [difference, difference], OnnxElementType.Float, logitsShape);
        var logits = graph.AddNode("Neg", [square], OnnxElementType.Float, logitsShape);
        if (addend is not null)
        {
            logits = graph.AddNode("Add", [logits, addend(graph, image)], OnnxElementType.Float, logitsShape);
        }

        var best = graph.AddNode(
            "ArgMax", [logits], OnnxElementType.Int64, labelsShape, [OnnxAttribute.Of("axis", 1), OnnxAttribute.Of("keepdims", 0)]);
        if (labelOffset != 0)
        {
            best = graph.AddNode("Add", [best, graph.Constant(OnnxTensor.Int64s([labelOffset]))], OnnxElementType.Int64, labelsShape);
        }

        var ids = graph.AddNode("Cast", [best], labels, labelsShape, [OnnxAttribute.Of("to", (long)labels)]);
        graph.AddOutput(ids, "labels");
        graph.AddOutput(logits, "logits");
        return OnnxWriter.Write(graph);
    }

    /// <summary>
    /// A graph with a table in it, of which it takes the element that the brightest pixel names: it can be loaded, but fails on
    /// a slice with a brighter pixel than the table has elements.
    /// </summary>
    public static byte[] OnnxWithTable(int elements) => Onnx([0, 50, 100, 150, 200], addend: (graph, image) =>
    {
        var table = graph.AddInitializer("table", OnnxTensor.Floats(new float[elements], elements));
        var index = graph.AddNode("Cast", [Brightest(graph, image)], OnnxElementType.Int64, [], [OnnxAttribute.Of("to", (long)OnnxElementType.Int64)]);
        return graph.AddNode("Gather", [table, index], OnnxElementType.Float, []);
    });

    /// <summary>A graph that answers black slices at once; with any other a run takes many seconds on any machine.</summary>
    public static byte[] OnnxSlowUnlessBlack() => Onnx([0, 50, 100, 150, 200], addend: (graph, image) =>
    {
        const int Passes = 2500;
        const float ElementsPerGrey = 20_000;
        var limit = graph.AddNode(
            "Add",
            [
                graph.AddNode("Mul", [Brightest(graph, image), graph.Constant(OnnxTensor.Floats([ElementsPerGrey]))], OnnxElementType.Float, []),
                graph.Constant(OnnxTensor.Floats([1])),
            ],
            OnnxElementType.Float,
            []);
        var range = graph.AddNode(
            "Range", [graph.Constant(OnnxTensor.Floats([0])), limit, graph.Constant(OnnxTensor.Floats([1]))], OnnxElementType.Float, ["K"]);
        var passed = range;
        for (var i = 0; i < Passes; i++)
        {
            passed = graph.AddNode("Add", [passed, range], OnnxElementType.Float, ["K"]);
        }

        var last = graph.AddNode("ReduceMax", [passed], OnnxElementType.Float, [], [OnnxAttribute.Of("keepdims", 0)]);
        return graph.AddNode("Mul", [last, graph.Constant(OnnxTensor.Floats([0]))], OnnxElementType.Float, []);
    });

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

    private static OnnxValue Brightest(OnnxGraph graph, OnnxValue image) =>
        graph.AddNode("ReduceMax", [image], OnnxElementType.Float, [], [OnnxAttribute.Of("keepdims", 0)]);

    /// <summary>The slice whose perfect segmentation is <paramref name="labels"/>.</summary>
    public static ByteImage Paint(ByteImage labels) =>
        new(labels.Width, labels.Height, Array.ConvertAll(labels.Pixels, id => (byte)(id * GreyPerClass)));
}
