using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;
using static OrganSeg.OpenInference.ModelInferRequest.Types;

namespace OrganSeg.Inference.OpenInference;

/// <summary>Checks a ModelInfer request against the contract of the published models.</summary>
internal static class InferRequestReader
{
    private const string Float32 = "FP32";
    private const int Multiple = 16;

    private static readonly string[] DataTypes =
    [
        "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32", "FP64", "BYTES",
    ];

    /// <param name="request">What came.</param>
    /// <param name="maxPixels">Most of N·H·W.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the field.</exception>
    public static InferRequest Read(ModelInferRequest request, int maxPixels)
    {
        CheckParameters(request.Parameters, "parameters");
        if (request.Inputs.Count != 1)
        {
            throw Wrong("inputs", $"has {request.Inputs.Count} tensors; the model takes one, \"{ModelSignature.Image}\".");
        }

        var input = request.Inputs[0];
        if (input.Name != ModelSignature.Image)
        {
            throw Wrong("inputs[0].name", $"\"{input.Name}\" is no input of the model; its only one is \"{ModelSignature.Image}\".");
        }

        CheckParameters(input.Parameters, "inputs[0].parameters");
        if (input.Datatype != Float32)
        {
            throw Wrong("inputs[0].datatype", DataTypes.Contains(input.Datatype)
                ? $"is {input.Datatype}; \"{ModelSignature.Image}\" is {Float32}."
                : $"\"{input.Datatype}\" is no data type; \"{ModelSignature.Image}\" is {Float32}.");
        }

        var (count, height, width) = Shape(input.Shape, maxPixels);
        var raw = request.RawInputContents.Count > 0;
        var image = raw ? Raw(request) : Typed(input.Contents);
        var expected = (long)sizeof(float) * count * height * width;
        if (image.Length != expected)
        {
            throw raw
                ? Wrong("raw_input_contents[0]", $"has {image.Length} bytes; {Show(input.Shape)} of {Float32} needs {expected}.")
                : Wrong("inputs[0].contents.fp32_contents", $"has {image.Length / sizeof(float)} numbers; {Show(input.Shape)} needs {expected / sizeof(float)}.");
        }

        return new InferRequest(image, count, height, width, Outputs(request.Outputs), raw);
    }

    private static (int Count, int Height, int Width) Shape(RepeatedField<long> shape, int maxPixels)
    {
        const string Field = "inputs[0].shape";
        if (shape.Count != 4)
        {
            throw Wrong(Field, $"is {Show(shape)}; it must be [N, 1, H, W].");
        }

        if (shape.FirstOrDefault(side => side < 1, 1) < 1)
        {
            throw Wrong(Field, $"is {Show(shape)}; every size must be at least 1.");
        }

        if (shape[1] != 1)
        {
            throw Wrong(Field, $"is {Show(shape)}; the model has 1 channel, so it must be [N, 1, H, W].");
        }

        if (shape[2] % Multiple != 0 || shape[3] % Multiple != 0)
        {
            throw Wrong(Field, $"is {Show(shape)}; height and width must be multiples of {Multiple}.");
        }

        // Each side is bounded before they are multiplied.
        return shape.All(side => side <= maxPixels) && (decimal)shape[0] * shape[2] * shape[3] <= maxPixels
            ? ((int)shape[0], (int)shape[2], (int)shape[3])
            : throw Wrong(Field, $"is {Show(shape)}; at most {maxPixels} pixels are taken in one request.");
    }

    private static ReadOnlyMemory<byte> Raw(ModelInferRequest request)
    {
        if (request.Inputs[0].Contents is { } contents && contents.CalculateSize() > 0)
        {
            throw Wrong("inputs[0].contents", "must be left out when raw_input_contents is used.");
        }

        return request.RawInputContents.Count == 1
            ? request.RawInputContents[0].Memory
            : throw Wrong("raw_input_contents", $"has {request.RawInputContents.Count} tensors for 1 input.");
    }

    private static ReadOnlyMemory<byte> Typed(InferTensorContents? contents)
    {
        if (contents is null || contents.CalculateSize() == 0)
        {
            throw Wrong("inputs[0].contents", "is missing; give fp32_contents, or raw_input_contents.");
        }

        var others = contents.BoolContents.Count + contents.IntContents.Count + contents.Int64Contents.Count
            + contents.UintContents.Count + contents.Uint64Contents.Count + contents.Fp64Contents.Count + contents.BytesContents.Count;
        if (others > 0)
        {
            throw Wrong("inputs[0].contents", $"has numbers in another field than fp32_contents, which {Float32} needs.");
        }

        var numbers = new float[contents.Fp32Contents.Count];
        contents.Fp32Contents.CopyTo(numbers, 0);
        return MemoryMarshal.AsBytes<float>(numbers).ToArray();
    }

    private static IReadOnlyList<string> Outputs(RepeatedField<InferRequestedOutputTensor> outputs)
    {
        if (outputs.Count == 0)
        {
            return [ModelSignature.Labels, ModelSignature.Logits];
        }

        for (var i = 0; i < outputs.Count; i++)
        {
            var name = outputs[i].Name;
            if (name is not (ModelSignature.Labels or ModelSignature.Logits))
            {
                throw Wrong($"outputs[{i}].name", $"\"{name}\" is no output of the model; it has \"{ModelSignature.Labels}\" and \"{ModelSignature.Logits}\".");
            }

            if (outputs.Take(i).Any(other => other.Name == name))
            {
                throw Wrong($"outputs[{i}].name", $"\"{name}\" is asked for twice.");
            }

            CheckParameters(outputs[i].Parameters, $"outputs[{i}].parameters");
            if (outputs[i].Parameters.ContainsKey("classification"))
            {
                throw Wrong($"outputs[{i}].parameters[classification]", "is not served; the answer holds a class for every pixel.");
            }
        }

        return [.. outputs.Select(output => output.Name)];
    }

    private static void CheckParameters(MapField<string, InferParameter> parameters, string field)
    {
        if (parameters.Keys.FirstOrDefault(key => key.StartsWith("shared_memory_", StringComparison.Ordinal)) is { } key)
        {
            throw Wrong($"{field}[{key}]", "is not served; send the tensor's contents.");
        }
    }

    private static string Show(RepeatedField<long> shape) => $"[{string.Join(", ", shape)}]";

    private static OrganSegException Wrong(string field, string what) => OrganSegException.Invalid(field, what);
}
