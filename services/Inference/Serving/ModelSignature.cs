using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace OrganSeg.Inference.Serving;

/// <summary>
/// The contract of every published model: input <c>image</c> float32 [N, 1, H, W]; outputs <c>labels</c> uint8
/// [N, H, W] and <c>logits</c> float32 [N, C, H, W]; N, H and W free.
/// </summary>
internal static class ModelSignature
{
    public const string Image = "image";
    public const string Labels = "labels";
    public const string Logits = "logits";

    private const int Free = -1;

    /// <summary>Checks a loaded graph.</summary>
    /// <param name="session">The graph.</param>
    /// <param name="model">Name for the error.</param>
    /// <param name="classes">C.</param>
    /// <param name="size">H and W it will be run with: a graph may fix them to that.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with everything that differs.</exception>
    public static void Check(InferenceSession session, string model, int classes, int size)
    {
        var violations = new List<FieldViolation>();
        CheckTensor(session.InputMetadata, "input", Image, TensorElementType.Float, [Free, 1, size, size]);
        CheckTensor(session.OutputMetadata, "output", Labels, TensorElementType.UInt8, [Free, size, size]);
        CheckTensor(session.OutputMetadata, "output", Logits, TensorElementType.Float, [Free, classes, size, size]);
        foreach (var extra in session.InputMetadata.Keys.Where(name => name != Image))
        {
            Add("input", extra, $"is not known; the only input is '{Image}'");
        }

        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }

        void CheckTensor(
            IReadOnlyDictionary<string, NodeMetadata> tensors, string role, string name, TensorElementType type, int[] shape)
        {
            var wanted = $"it must be {Describe(type, shape)}";
            if (!tensors.TryGetValue(name, out var tensor))
            {
                Add(role, name, $"is missing; {wanted}");
            }
            else if (!tensor.IsTensor || tensor.ElementDataType != type || !Fits(tensor.Dimensions, shape))
            {
                Add(role, name, tensor.IsTensor
                    ? $"is {Describe(tensor.ElementDataType, tensor.Dimensions)}; {wanted}"
                    : $"is no tensor; {wanted}");
            }
        }

        void Add(string role, string name, string problem) =>
            violations.Add(new FieldViolation($"{model}/model.onnx {role} '{name}'", problem + ". Export the model again."));
    }

    private static bool Fits(int[] shape, int[] wanted) =>
        shape.Length == wanted.Length
        && shape.Zip(wanted).All(pair => pair.First == Free || pair.First == pair.Second);

    private static string Describe(TensorElementType type, int[] shape) =>
        $"{type} [{string.Join(", ", shape.Select(side => side == Free ? "any" : side.ToString()))}]";
}
