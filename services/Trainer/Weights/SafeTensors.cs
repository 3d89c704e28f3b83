using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Weights;

/// <summary>
/// Reads and writes the public safetensors format: eight bytes with the header's length, a JSON header that gives each
/// tensor's type, shape and place, and the tensors' bytes back to back, all little endian.
/// </summary>
internal static class SafeTensors
{
    /// <summary>Bytes before the header, which say how long it is.</summary>
    public const int LengthBytes = sizeof(long);

    private const int ShownCharacters = 100;

    /// <summary>Writes tensors of any device and layout.</summary>
    /// <param name="tensors">By name; the name <c>__metadata__</c> is taken by the format.</param>
    /// <param name="metadata">Free text in the header; Python libraries look for <c>format</c> = <c>pt</c>, added if absent.</param>
    /// <exception cref="OrganSegException">Invalid: a tensor's type cannot be stored, or all is larger than 2 GiB.</exception>
    public static byte[] Write(
        IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // The widest types first, so that every tensor is aligned to its own element size.
        var entries = tensors
            .Select(pair => (Name: pair.Key, Tensor: pair.Value, Type: SafeTensorType.Of(pair.Key, pair.Value.dtype)))
            .OrderByDescending(entry => entry.Type.Size)
            .ThenBy(entry => entry.Name, StringComparer.Ordinal)
            .ToList();

        using var headerStream = new MemoryStream();
        var dataLength = 0L;
        using (var json = new Utf8JsonWriter(headerStream))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            foreach (var (name, tensor, type) in entries)
            {
                var end = dataLength + (tensor.numel() * type.Size);
                json.WriteStartObject(name);
                json.WriteString("dtype", type.Name);
                WriteNumbers(json, "shape", tensor.shape);
                WriteNumbers(json, "data_offsets", [dataLength, end]);
                json.WriteEndObject();
                dataLength = end;
            }

            json.WriteEndObject();
        }

        while (headerStream.Length % LengthBytes != 0)
        {
            headerStream.WriteByte((byte)' ');
        }

        var length = LengthBytes + headerStream.Length + dataLength;
        if (length > Array.MaxLength)
        {
            throw OrganSegException.Invalid("weights", $"{length} bytes are more than one file of 2 GiB holds");
        }

        var file = new byte[length];
        BinaryPrimitives.WriteInt64LittleEndian(file, headerStream.Length);
        headerStream.GetBuffer().AsSpan(0, (int)headerStream.Length).CopyTo(file.AsSpan(LengthBytes));
        var position = LengthBytes + (int)headerStream.Length;
        foreach (var (_, tensor, type) in entries)
        {
            using var scope = NewDisposeScope();
            var bytes = (int)(tensor.numel() * type.Size);
            if (bytes > 0)
            {
                tensor.detach().cpu().contiguous().bytes.CopyTo(file.AsSpan(position, bytes));
            }

            position += bytes;
        }

        return file;
    }

    /// <summary>Reads every tensor onto the processor.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="fileName">Named in errors.</param>
    /// <returns>New tensors by name, which belong to the caller's dispose scope or to the caller.</returns>
    /// <exception cref="OrganSegException">Invalid: the file is malformed; names the file and the tensor.</exception>
    public static Dictionary<string, Tensor> Read(ReadOnlySpan<byte> file, string fileName)
    {
        var entries = ReadHeader(file, fileName).Entries;
        var data = file[(LengthBytes + HeaderLength(file[..LengthBytes], file.Length, fileName))..];
        var tensors = new Dictionary<string, Tensor>(entries.Count, StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            var tensor = empty(entry.Shape, entry.Type.ScalarType);
            if (entry.End > entry.Begin)
            {
                data[(int)entry.Begin..(int)entry.End].CopyTo(tensor.bytes);
            }

            tensors.Add(entry.Name, tensor);
        }

        return tensors;
    }

    /// <summary>Reads what a file says it holds.</summary>
    /// <exception cref="OrganSegException">Invalid: the file is malformed; names the file and the tensor.</exception>
    public static SafeTensorHeader ReadHeader(ReadOnlySpan<byte> file, string fileName)
    {
        var length = HeaderLength(file[..Math.Min(file.Length, LengthBytes)], file.Length, fileName);
        return SafeTensorHeader.Parse(file.Slice(LengthBytes, length), file.Length - LengthBytes - length, fileName);
    }

    /// <summary>The header's length by the file's first bytes, checked against the length of the file.</summary>
    /// <exception cref="OrganSegException">Invalid.</exception>
    internal static int HeaderLength(ReadOnlySpan<byte> prefix, long fileLength, string fileName)
    {
        if (prefix.Length < LengthBytes)
        {
            throw Malformed(fileName, $"has {fileLength} bytes, which is no safetensors file");
        }

        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > (ulong)(fileLength - LengthBytes))
        {
            throw Malformed(fileName,
                $"says its header has {length} bytes and only {fileLength - LengthBytes} follow; "
                + "it is truncated or no safetensors file");
        }

        return length <= SafeTensorHeader.MaxBytes
            ? (int)length
            : throw Malformed(fileName, $"has a header of {length} bytes; at most {SafeTensorHeader.MaxBytes} are read");
    }

    internal static OrganSegException Malformed(string fileName, string description) =>
        OrganSegException.Invalid(fileName, description);

    /// <summary>Text of a file as an error may show it, whatever it holds.</summary>
    internal static string Shown(string text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes().Take(ShownCharacters))
        {
            shown.Append(Rune.IsControl(rune) ? "?" : rune.ToString());
        }

        return shown.Length < text.Length ? $"{shown}…" : shown.ToString();
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string>? metadata)
    {
        json.WriteStartObject(SafeTensorHeader.MetadataKey);
        if (metadata is null || !metadata.ContainsKey("format"))
        {
            json.WriteString("format", "pt");
        }

        foreach (var (key, value) in metadata ?? new Dictionary<string, string>())
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string name, IEnumerable<long> numbers)
    {
        json.WriteStartArray(name);
        foreach (var number in numbers)
        {
            json.WriteNumberValue(number);
        }

        json.WriteEndArray();
    }
}
