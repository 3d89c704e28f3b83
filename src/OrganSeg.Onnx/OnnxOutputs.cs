using Google.Protobuf;
using OrganSeg.Onnx.Protobuf;

namespace OrganSeg.Onnx;

/// <summary>Makes values inside an existing model visible, for comparing layers and for measuring their ranges.</summary>
public static class OnnxOutputs
{
    /// <summary>
    /// A copy of a model file that gives some of its intermediate values as outputs too. Names that no node gives, or that
    /// are outputs already, are passed over: batch norms that were folded, for instance, have left no value behind.
    /// </summary>
    /// <param name="model">The ONNX file.</param>
    /// <param name="names">Names of values.</param>
    /// <param name="added">Those that were added, in the order of <paramref name="names"/>.</param>
    /// <returns>The new file; weights, metadata and all other outputs are as they were.</returns>
    /// <exception cref="OnnxFormatException">The file is not an ONNX model.</exception>
    public static byte[] Expose(ReadOnlySpan<byte> model, IEnumerable<string> names, out IReadOnlyList<string> added)
    {
        ArgumentNullException.ThrowIfNull(names);
        ModelProto proto;
        try
        {
            proto = ModelProto.Parser.ParseFrom(model);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxFormatException("The file is not an ONNX model.", e);
        }

        var graph = proto.Graph ?? throw new OnnxFormatException("The file has no ONNX graph.");
        var results = graph.Node.SelectMany(node => node.Output).ToHashSet(StringComparer.Ordinal);
        results.ExceptWith(graph.Output.Select(output => output.Name));
        var described = graph.ValueInfo.ToDictionary(value => value.Name, StringComparer.Ordinal);
        var found = new List<string>();
        foreach (var name in names.Where(results.Remove))
        {
            // A value that the file does not describe gets its type and shape from the runtime.
            if (described.TryGetValue(name, out var value))
            {
                graph.ValueInfo.Remove(value);
            }

            graph.Output.Add(value ?? new ValueInfoProto { Name = name });
            found.Add(name);
        }

        added = found;
        return proto.ToByteArray();
    }
}
