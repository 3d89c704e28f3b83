using System.Text.Json;

namespace OrganSeg.Trainer.Weights;

/// <summary>Parses and checks a safetensors header. What it allocates follows its length, never what it claims.</summary>
internal static class SafeTensorHeader
{
    public const string MetadataKey = "__metadata__";
    private const int MaxRank = 16;

    private static readonly JsonDocumentOptions JsonOptions = new() { MaxDepth = 8, AllowDuplicateProperties = false };

    public static List<SafeTensorEntry> Parse(ReadOnlySpan<byte> header, string fileName)
    {
        try
        {
            using var json = JsonDocument.Parse(header.ToArray(), JsonOptions);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
            {
                throw SafeTensors.Malformed(fileName, "has a header that is not a JSON object");
            }

            return
            [
                .. json.RootElement.EnumerateObject()
                    .Where(property => !property.NameEquals(MetadataKey))
                    .Select(property => ParseEntry(property.Name, property.Value, fileName)),
            ];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string of the header is not valid UTF-16 once unescaped.
            throw SafeTensors.Malformed(fileName, "has a header that is not valid JSON; it is damaged or no safetensors file", e);
        }
    }

    /// <summary>Tensors must fill the data exactly: no overlap, no gap, nothing outside.</summary>
    public static void CheckPlaces(List<SafeTensorEntry> entries, long dataLength, string fileName)
    {
        var end = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.End > dataLength)
            {
                throw Malformed(fileName, entry.Name,
                    $"ends at byte {entry.End} of {dataLength}; the file is truncated or damaged");
            }

            if (entry.Begin != end)
            {
                throw Malformed(fileName, entry.Name, entry.Begin < end
                    ? $"begins at byte {entry.Begin} and overlaps the tensor that ends at {end}"
                    : $"begins at byte {entry.Begin} and leaves a gap after {end}");
            }

            end = entry.End;
        }

        if (end != dataLength)
        {
            throw SafeTensors.Malformed(fileName, $"has {dataLength - end} bytes after its last tensor");
        }
    }

    private static SafeTensorEntry ParseEntry(string name, JsonElement json, string fileName)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw Malformed(fileName, name, "is not described by a JSON object");
        }

        var typeName = json.TryGetProperty("dtype", out var dtype) && dtype.ValueKind == JsonValueKind.String
            ? dtype.GetString()
            : null;
        var type = SafeTensorType.Named(typeName)
            ?? throw Malformed(fileName, name, $"has dtype {typeName ?? "missing"}, which cannot be read");
        var shape = Numbers(json, "shape", name, fileName);
        var offsets = Numbers(json, "data_offsets", name, fileName);
        if (shape.Length > MaxRank)
        {
            throw Malformed(fileName, name, $"has {shape.Length} dimensions; at most {MaxRank} can be read");
        }

        if (offsets.Length != 2 || offsets[0] > offsets[1])
        {
            throw Malformed(fileName, name, "has data_offsets that are not a begin and an end");
        }

        if (Bytes(shape, type.Size) is not { } bytes || bytes != offsets[1] - offsets[0])
        {
            throw Malformed(fileName, name,
                $"has {offsets[1] - offsets[0]} bytes, which is not {type.Name} [{string.Join(", ", shape)}]");
        }

        return new SafeTensorEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] Numbers(JsonElement json, string property, string name, string fileName)
    {
        if (!json.TryGetProperty(property, out var array) || array.ValueKind != JsonValueKind.Array)
        {
            throw Malformed(fileName, name, $"has no {property}");
        }

        var numbers = new long[array.GetArrayLength()];
        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out numbers[i]) || numbers[i++] < 0)
            {
                throw Malformed(fileName, name, $"has {property} with something else than whole numbers from 0");
            }
        }

        return numbers;
    }

    /// <summary>Bytes of a shape, or null when even without its zeros it is more than any file holds.</summary>
    private static long? Bytes(long[] shape, int size)
    {
        UInt128 product = (UInt128)size;
        foreach (var dimension in shape)
        {
            product *= (UInt128)Math.Max(dimension, 1);
            if (product > long.MaxValue)
            {
                return null;
            }
        }

        return shape.Contains(0) ? 0 : (long)product;
    }

    private static OrganSegException Malformed(string fileName, string tensor, string description) =>
        SafeTensors.Malformed(fileName, $"tensor {tensor} {description}");
}
