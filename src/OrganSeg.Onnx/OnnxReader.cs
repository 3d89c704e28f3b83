using Google.Protobuf;
using OrganSeg.Onnx.Protobuf;

namespace OrganSeg.Onnx;

/// <summary>
/// Reads ONNX files as graphs that can be changed and written again: files of <see cref="OnnxWriter"/>, and others whose
/// nodes have one result each, whose constants lie in the file, and which use nothing but ONNX's own operators.
/// </summary>
public static class OnnxReader
{
    /// <summary>Reads a model.</summary>
    /// <param name="onnx">The whole file.</param>
    /// <param name="name">What errors call it, such as <c>model.onnx</c>.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Invalid"/>: it is no ONNX file, is damaged, or has something that this library does not read.
    /// </exception>
    public static OnnxGraph Read(ReadOnlySpan<byte> onnx, string name = "model.onnx")
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(onnx);
        }
        catch (InvalidProtocolBufferException)
        {
            throw OrganSegException.Invalid(name, "is no ONNX file, or is cut off");
        }

        if (model.Graph is not { } proto)
        {
            throw OrganSegException.Invalid(name, "has no graph; it is no ONNX file");
        }

        try
        {
            return Graph(model, proto, name);
        }
        catch (ArgumentException error)
        {
            throw OrganSegException.Invalid(name, error.Message);
        }
    }

    private static OnnxGraph Graph(ModelProto model, GraphProto proto, string name)
    {
        var graph = new OnnxGraph(proto.Name is { Length: > 0 } own ? own : "graph", Opset(model, name));
        var types = proto.ValueInfo.Concat(proto.Output).ToLookup(info => info.Name, StringComparer.Ordinal);
        foreach (var tensor in proto.Initializer)
        {
            graph.AddInitializer(tensor.Name, Tensor(tensor, name));
        }

        // Before IR 4 every initializer was listed as an input as well.
        foreach (var input in proto.Input.Where(input => !graph.Initializers.ContainsKey(input.Name)))
        {
            var value = Value(input.Name, input);
            graph.AddInput(value.Name, value.Type, [.. value.Shape]);
        }

        foreach (var node in proto.Node)
        {
            if (node.Output is not [{ Length: > 0 } output])
            {
                throw OrganSegException.Invalid(name, $"node {node.Name} ({node.OpType}) has {node.Output.Count} results; only one is read");
            }

            if (node.Domain is not ("" or "ai.onnx"))
            {
                throw OrganSegException.Invalid(name, $"node {node.Name} is {node.Domain}.{node.OpType}, which is not an operator of ONNX itself");
            }

            if (node is { OpType: "Constant", Attribute: [{ Name: "value", T: { } constant }] })
            {
                graph.AddInitializer(output, Tensor(constant, name));
                continue;
            }

            var attributes = node.Attribute.Select(attribute => OnnxAttribute.From(attribute, name)).ToList();
            var result = Value(output, types[output].FirstOrDefault());
            result = result.Type is OnnxElementType.Undefined ? result with { Type = TypeOf(graph, node) } : result;
            graph.Append(node.Name, node.OpType, [.. node.Input], result, attributes);
        }

        foreach (var output in proto.Output)
        {
            graph.MarkOutput(output.Name);
        }

        foreach (var entry in model.MetadataProps)
        {
            graph.SetMetadata(entry.Key, entry.Value);
        }

        return graph;
    }

    private static int Opset(ModelProto model, string name)
    {
        var opset = model.OpsetImport.FirstOrDefault(set => set.Domain is "" or "ai.onnx")?.Version ?? 0;
        return opset is >= OnnxGraph.MinOpset and <= OnnxGraph.MaxOpset
            ? (int)opset
            : throw OrganSegException.Invalid(
                name, $"uses operator set {opset}; {OnnxGraph.MinOpset} to {OnnxGraph.MaxOpset} are read");
    }

    private static OnnxValue Value(string name, ValueInfoProto? info)
    {
        var tensor = info?.Type?.TensorType;
        return new(
            name,
            (OnnxElementType)(tensor?.ElemType ?? 0),
            [.. tensor?.Shape?.Dim.Select(Dimension) ?? []])
        {
            HasShape = tensor?.Shape is not null,
        };
    }

    /// <summary>The type of a result that the file does not state: where the operator does not decide it, its first input's.</summary>
    private static OnnxElementType TypeOf(OnnxGraph graph, NodeProto node) => node.OpType switch
    {
        "Shape" or "Size" or "ArgMax" or "ArgMin" or "NonZero" => OnnxElementType.Int64,
        "Cast" => (OnnxElementType)(node.Attribute.FirstOrDefault(a => a.Name == "to")?.I ?? 0),
        "DequantizeLinear" => OnnxElementType.Float,
        "QuantizeLinear" when node.Input.Count > 2 => graph.Values.GetValueOrDefault(node.Input[2])?.Type ?? OnnxElementType.UInt8,
        "QuantizeLinear" => OnnxElementType.UInt8,
        "Equal" or "Less" or "Greater" or "Not" or "And" or "Or" or "IsNaN" => OnnxElementType.Bool,
        _ when node.Input.Count > 0 => graph.Values.GetValueOrDefault(node.Input[0])?.Type ?? OnnxElementType.Undefined,
        _ => OnnxElementType.Undefined,
    };

    private static OnnxDimension Dimension(TensorShapeProto.Types.Dimension dimension) => dimension.ValueCase switch
    {
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimValue => dimension.DimValue,
        TensorShapeProto.Types.Dimension.ValueOneofCase.DimParam when dimension.DimParam.Length > 0 => dimension.DimParam,
        _ => OnnxDimension.Unknown,
    };

    private static OnnxTensor Tensor(TensorProto proto, string name)
    {
        var type = (OnnxElementType)proto.DataType;
        if (OnnxTensor.SizeOf(type) == 0)
        {
            throw OrganSegException.Invalid(name, $"constant {proto.Name} has element type {proto.DataType}, which is not read");
        }

        long[] shape = [.. proto.Dims];
        if (proto.HasRawData)
        {
            return OnnxTensor.Of(type, shape, proto.RawData.ToByteArray());
        }

        return type switch
        {
            OnnxElementType.Float => OnnxTensor.Floats([.. proto.FloatData], shape),
            OnnxElementType.Int64 => OnnxTensor.Int64s([.. proto.Int64Data], shape),
            OnnxElementType.Int32 => OnnxTensor.Int32s([.. proto.Int32Data], shape),
            OnnxElementType.UInt8 => OnnxTensor.Bytes([.. proto.Int32Data.Select(v => unchecked((byte)v))], shape),
            OnnxElementType.Int8 => OnnxTensor.SBytes([.. proto.Int32Data.Select(v => unchecked((sbyte)v))], shape),
            _ => throw OrganSegException.Invalid(name, $"constant {proto.Name} does not have its values as raw data"),
        };
    }
}
