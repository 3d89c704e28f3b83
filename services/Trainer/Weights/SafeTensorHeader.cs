using System.Text.Json;

namespace OrganSeg.Trainer.Weights;

/// <summary>
/// What a safetensors file says it holds: parsed and checked against the file's length, so that reading a tensor touches
/// nothing but its own bytes. What parsing allocates follows the header's length, never what the header claims.
/// </summary>
/// <param name="Entries">The tensors in the order of the header.</param>
/// <param name="Metadata">The free text under <c>__metadata__</c>.</param>
internal sealed record SafeTensorHeader(
    IReadOnlyList<SafeTensorEntry> Entries, IReadOnlyDictionary<string, string> Metadata)
{
    public const string MetadataKey = "__metadata__";

    /// <summary>Longest header that is read; the reference implementation has the same limit.</summary>
    public const int MaxBytes = 100_000_000;

    private const int MaxRank = 16;
    private static readonly JsonReaderOptions JsonOptions = new() { MaxDepth = 8 };

    /// <summary>Parses a header.</summary>
    /// <param name="json">The header alone, without the eight bytes before it.</param>
    /// <param name="dataLength">Bytes of the file after the header.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <exception cref="OrganSegException">Invalid: names the file and, where there is one, the tensor.</exception>
    public static SafeTensorHeader Parse(ReadOnlySpan<byte> json, long dataLength, string fileName)
    {
        if (json.IsEmpty || json[0] != '{')
        {
            throw SafeTensors.Malformed(fileName, "has a header that is not a JSON object; it is damaged or no safetensors file");
        }

        try
        {
            var reader = new Utf8JsonReader(json, JsonOptions);
            var header = Parse(ref reader, fileName);
            CheckPlaces(header.Entries, dataLength, fileName);
            return header;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string of the header is no valid UTF-8, or no valid UTF-16 once unescaped.
            var place = e is JsonException { BytePositionInLine: { } position } ? $" (near its byte {position})" : "";
            throw SafeTensors.Malformed(fileName, $"has a header that is not valid JSON{place}; it is damaged or no safetensors file");
        }
    }

    private static SafeTensorHeader Parse(ref Utf8JsonReader reader, string fileName)
    {
        var entries = new List<SafeTensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            reader.Read();
            if (!names.Add(name))
            {
                throw Malformed(fileName, name, "is listed twice");
            }

            if (name == MetadataKey)
            {
                ReadMetadata(ref reader, metadata, fileName);
            }
            else
            {
                entries.Add(ReadEntry(ref reader, name, fileName));
            }
        }

        // Whatever follows the object is no JSON, and this says so.
        reader.Read();
        return new SafeTensorHeader(entries, metadata);
    }

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, string fileName)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw SafeTensors.Malformed(fileName, $"has {MetadataKey} that is not a JSON object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String || !metadata.TryAdd(key, reader.GetString()!))
            {
                throw SafeTensors.Malformed(fileName, $"has {MetadataKey} whose \"{SafeTensors.Shown(key)}\" is given twice or is no text");
            }
        }
    }

    private static SafeTensorEntry ReadEntry(ref Utf8JsonReader reader, string name, string fileName)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw Malformed(fileName, name, "is not described by a JSON object");
        }

        string? typeName = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            // An unknown property is passed over, as the reference implementation does.
            if (reader.ValueTextEquals("dtype"u8) && typeName is null)
            {
                reader.Read();
                typeName = reader.TokenType == JsonTokenType.String
                    ? reader.GetString()!
                    : throw Malformed(fileName, name, "has a dtype that is no text");
            }
            else if (reader.ValueTextEquals("shape"u8) && shape is null)
            {
                shape = ReadNumbers(ref reader, "shape", MaxRank, name, fileName);
            }
            else if (reader.ValueTextEquals("data_offsets"u8) && offsets is null)
            {
                offsets = ReadNumbers(ref reader, "data_offsets", 2, name, fileName);
            }
            else if (reader.ValueTextEquals("dtype"u8) || reader.ValueTextEquals("shape"u8) || reader.ValueTextEquals("data_offsets"u8))
            {
                throw Malformed(fileName, name, $"has {reader.GetString()} twice");
            }
            else
            {
                reader.Skip();
            }
        }

        return Entry(name, typeName, shape, offsets, fileName);
    }

    private static SafeTensorEntry Entry(string name, string? typeName, long[]? shape, long[]? offsets, string fileName)
    {
        var type = SafeTensorType.Named(typeName) ?? throw Malformed(
            fileName, name,
            $"has dtype {SafeTensors.Shown(typeName ?? "missing")}, which cannot be read; there are {SafeTensorType.Names}");
        if (shape is null)
        {
            throw Malformed(fileName, name, "has no shape");
        }

        if (offsets is not [var begin, var end] || begin > end)
        {
            throw Malformed(fileName, name, "has data_offsets that are not a begin and an end");
        }

        return Bytes(shape, type.Size) == end - begin
            ? new SafeTensorEntry(name, type, shape, begin, end)
            : throw Malformed(fileName, name, $"has {end - begin} bytes, which is not {type.Name} [{string.Join(", ", shape)}]");
    }

    private static long[] ReadNumbers(ref Utf8JsonReader reader, string property, int most, string name, string fileName)
    {
        Span<long> numbers = stackalloc long[MaxRank];
        var count = 0;
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Malformed(fileName, name, $"has {property} that is no list");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var number) || number < 0)
            {
                throw Malformed(fileName, name, $"has {property} with something else than whole numbers from 0");
            }

            if (count == most)
            {
                throw Malformed(fileName, name, $"has {property} of more than {most} numbers");
            }

            numbers[count++] = number;
        }

        return numbers[..count].ToArray();
    }

    /// <summary>Tensors must fill the data exactly: no overlap, no gap, nothing outside.</summary>
    private static void CheckPlaces(IReadOnlyList<SafeTensorEntry> entries, long dataLength, string fileName)
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
        SafeTensors.Malformed(fileName, $"tensor {SafeTensors.Shown(tensor)} {description}");
}
