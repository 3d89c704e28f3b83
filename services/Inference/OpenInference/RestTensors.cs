using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Collections;
using OrganSeg.OpenInference;
using static OrganSeg.OpenInference.ModelInferRequest.Types;

namespace OrganSeg.Inference.OpenInference;

/// <summary>
/// The REST form's bodies as the messages of the gRPC form, both ways. Tensors stand in the JSON, nested or flat, or, by the
/// binary data extension, behind it in the same body.
/// </summary>
internal static class RestTensors
{
    private const string BinarySize = "binary_data_size";
    private const string BinaryOutput = "binary_data";
    private const string BinaryOutputs = "binary_data_output";
    private const string Float32 = "FP32";

    /// <param name="json">The JSON.</param>
    /// <param name="binary">What follows it.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>, naming the field.</exception>
    public static ModelInferRequest Read(ReadOnlyMemory<byte> json, ReadOnlyMemory<byte> binary)
    {
        using var document = Parse(json);
        var body = document.RootElement;
        Expect(body, JsonValueKind.Object, "body");
        var request = new ModelInferRequest { Id = Text(body, "id", "id") };
        ReadParameters(body, "parameters", request.Parameters);
        if (!body.TryGetProperty("inputs", out var inputs))
        {
            throw Wrong("inputs", "is missing.");
        }

        Expect(inputs, JsonValueKind.Array, "inputs");
        foreach (var input in inputs.EnumerateArray())
        {
            ReadInput(request, input, ref binary);
        }

        if (!binary.IsEmpty)
        {
            throw Wrong("body", $"has {binary.Length} bytes behind the last tensor.");
        }

        if (body.TryGetProperty("outputs", out var outputs) && outputs.ValueKind != JsonValueKind.Null)
        {
            Expect(outputs, JsonValueKind.Array, "outputs");
            foreach (var output in outputs.EnumerateArray())
            {
                var field = $"outputs[{request.Outputs.Count}]";
                Expect(output, JsonValueKind.Object, field);
                var asked = new InferRequestedOutputTensor { Name = Text(output, "name", $"{field}.name") };
                ReadParameters(output, $"{field}.parameters", asked.Parameters);
                request.Outputs.Add(asked);
            }
        }

        return request;
    }

    /// <summary>The answer's JSON and the tensors that follow it.</summary>
    /// <param name="request">Says which outputs are wanted as binary data.</param>
    /// <param name="response">With typed or raw contents.</param>
    public static (byte[] Json, IReadOnlyList<ReadOnlyMemory<byte>> Binary) Write(ModelInferRequest request, ModelInferResponse response)
    {
        var binary = new List<ReadOnlyMemory<byte>>();
        var outputs = new JsonArray();
        for (var i = 0; i < response.Outputs.Count; i++)
        {
            var output = response.Outputs[i];
            var raw = RawOf(response, i);
            var json = new JsonObject
            {
                ["name"] = output.Name,
                ["datatype"] = output.Datatype,
                ["shape"] = new JsonArray([.. output.Shape.Select(side => (JsonNode)side)]),
            };
            if (IsBinary(request, output.Name))
            {
                json["parameters"] = new JsonObject { [BinarySize] = raw.Length };
                binary.Add(raw);
            }
            else
            {
                json["data"] = output.Datatype == Float32
                    ? new JsonArray([.. MemoryMarshal.Cast<byte, float>(raw.Span).ToArray().Select(Number)])
                    : new JsonArray([.. raw.ToArray().Select(value => (JsonNode)value)]);
            }

            outputs.Add(json);
        }

        var body = new JsonObject { ["model_name"] = response.ModelName, ["model_version"] = response.ModelVersion };
        if (response.Id.Length > 0)
        {
            body["id"] = response.Id;
        }

        body["parameters"] = new JsonObject([.. response.Parameters.Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value.StringParam))]);
        body["outputs"] = outputs;
        return (JsonSerializer.SerializeToUtf8Bytes(body), binary);
    }

    /// <summary>JSON has no infinity.</summary>
    private static JsonNode? Number(float value) => float.IsFinite(value) ? JsonValue.Create(value) : null;

    private static ReadOnlyMemory<byte> RawOf(ModelInferResponse response, int index)
    {
        if (response.RawOutputContents.Count > 0)
        {
            return response.RawOutputContents[index].Memory;
        }

        var contents = response.Outputs[index].Contents;
        return response.Outputs[index].Datatype == Float32
            ? MemoryMarshal.AsBytes(contents.Fp32Contents.ToArray().AsSpan()).ToArray()
            : contents.UintContents.Select(value => (byte)value).ToArray();
    }

    private static bool IsBinary(ModelInferRequest request, string name)
    {
        var own = request.Outputs.FirstOrDefault(output => output.Name == name)?.Parameters.GetValueOrDefault(BinaryOutput);
        return own?.BoolParam ?? request.Parameters.GetValueOrDefault(BinaryOutputs)?.BoolParam ?? false;
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException error)
        {
            throw new OrganSegException([new FieldViolation("body", $"is no JSON: line {error.LineNumber + 1}, byte {error.BytePositionInLine}.")]);
        }
    }

    private static void ReadInput(ModelInferRequest request, JsonElement input, ref ReadOnlyMemory<byte> binary)
    {
        var field = $"inputs[{request.Inputs.Count}]";
        Expect(input, JsonValueKind.Object, field);
        var tensor = new InferInputTensor
        {
            Name = Text(input, "name", $"{field}.name"),
            Datatype = Text(input, "datatype", $"{field}.datatype"),
        };
        ReadParameters(input, $"{field}.parameters", tensor.Parameters);
        if (!input.TryGetProperty("shape", out var shape))
        {
            throw Wrong($"{field}.shape", "is missing.");
        }

        Expect(shape, JsonValueKind.Array, $"{field}.shape");
        foreach (var side in shape.EnumerateArray())
        {
            tensor.Shape.Add(side.ValueKind == JsonValueKind.Number && side.TryGetInt64(out var value)
                ? value
                : throw Wrong($"{field}.shape", "must hold whole numbers."));
        }

        var hasData = input.TryGetProperty("data", out var data);
        if (tensor.Parameters.TryGetValue(BinarySize, out var size))
        {
            if (hasData)
            {
                throw Wrong($"{field}.data", $"must be left out with {BinarySize}.");
            }

            if (size.Int64Param < 0 || size.Int64Param > binary.Length)
            {
                throw Wrong($"{field}.parameters.{BinarySize}", $"is {size.Int64Param}, but {binary.Length} bytes follow the JSON.");
            }

            request.RawInputContents.Add(UnsafeByteOperations.UnsafeWrap(binary[..(int)size.Int64Param]));
            binary = binary[(int)size.Int64Param..];
        }
        else
        {
            if (!hasData)
            {
                throw Wrong($"{field}.data", $"is missing; give numbers, or {BinarySize}.");
            }

            tensor.Contents = new InferTensorContents();
            ReadNumbers(data, $"{field}.data", tensor.Contents.Fp32Contents);
        }

        request.Inputs.Add(tensor);
    }

    /// <summary>Row by row, however deep they are nested.</summary>
    private static void ReadNumbers(JsonElement data, string field, RepeatedField<float> numbers)
    {
        Expect(data, JsonValueKind.Array, field);
        foreach (var item in data.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.Array)
            {
                ReadNumbers(item, field, numbers);
            }
            else
            {
                numbers.Add(item.ValueKind == JsonValueKind.Number ? item.GetSingle() : throw Wrong(field, "must hold numbers."));
            }
        }
    }

    private static void ReadParameters(JsonElement parent, string field, MapField<string, InferParameter> parameters)
    {
        if (!parent.TryGetProperty("parameters", out var all) || all.ValueKind == JsonValueKind.Null)
        {
            return;
        }

        Expect(all, JsonValueKind.Object, field);
        foreach (var property in all.EnumerateObject())
        {
            parameters[property.Name] = property.Value.ValueKind switch
            {
                JsonValueKind.True or JsonValueKind.False => new InferParameter { BoolParam = property.Value.GetBoolean() },
                JsonValueKind.String => new InferParameter { StringParam = property.Value.GetString() },
                JsonValueKind.Number when property.Value.TryGetInt64(out var whole) => new InferParameter { Int64Param = whole },
                JsonValueKind.Number => new InferParameter { DoubleParam = property.Value.GetDouble() },
                _ => throw Wrong($"{field}.{property.Name}", "must be a number, a text, true or false."),
            };
        }
    }

    private static string Text(JsonElement parent, string name, string field)
    {
        if (!parent.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return "";
        }

        Expect(value, JsonValueKind.String, field);
        return value.GetString()!;
    }

    private static void Expect(JsonElement element, JsonValueKind kind, string field)
    {
        if (element.ValueKind != kind)
        {
            throw Wrong(field, $"must be {(kind == JsonValueKind.Object ? "an object" : kind == JsonValueKind.Array ? "an array" : "a text")}.");
        }
    }

    private static OrganSegException Wrong(string field, string what) => OrganSegException.Invalid(field, what);
}
