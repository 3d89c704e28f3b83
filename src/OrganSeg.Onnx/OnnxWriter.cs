using Google.Protobuf;
using OrganSeg.Onnx.Protobuf;

namespace OrganSeg.Onnx;

/// <summary>Writes graphs as ONNX files.</summary>
public static class OnnxWriter
{
    private const string Producer = "OrganSeg";

    /// <summary>The whole model file, with the oldest IR version that its operator set allows.</summary>
    public static byte[] Write(OnnxGraph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var model = new ModelProto
        {
            IrVersion = IrVersion(graph.Opset),
            ProducerName = Producer,
            ProducerVersion = typeof(OnnxWriter).Assembly.GetName().Version?.ToString(3) ?? "",
            Graph = Graph(graph),
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = graph.Opset });
        foreach (var (key, value) in graph.Metadata)
        {
            model.MetadataProps.Add(new StringStringEntryProto { Key = key, Value = value });
        }

        return model.ToByteArray();
    }

    /// <summary>ONNX 1.12 to 1.14 (17 and 18), 1.14 and 1.15 (19 and 20), 1.16 (21).</summary>
    private static int IrVersion(int opset) => opset switch { <= 18 => 8, <= 20 => 9, _ => 10 };

    private static GraphProto Graph(OnnxGraph graph)
    {
        var proto = new GraphProto { Name = graph.Name };
        proto.Input.AddRange(graph.Inputs.Select(ValueInfo));
        proto.Output.AddRange(graph.Outputs.Select(ValueInfo));
        proto.Initializer.AddRange(graph.Initializers.Select(pair => Tensor(pair.Key, pair.Value)));
        foreach (var node in graph.Nodes)
        {
            var nodeProto = new NodeProto { Name = node.Name, OpType = node.Operation };
            nodeProto.Input.AddRange(node.Inputs);
            nodeProto.Output.Add(node.Output);
            nodeProto.Attribute.AddRange(node.Attributes.Select(a => a.Proto));
            proto.Node.Add(nodeProto);
        }

        var outputs = graph.Outputs.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        proto.ValueInfo.AddRange(graph.Nodes
            .Where(node => !outputs.Contains(node.Output) && graph.Values[node.Output].Type != OnnxElementType.Undefined)
            .Select(node => ValueInfo(graph.Values[node.Output])));
        return proto;
    }

    private static TensorProto Tensor(string name, OnnxTensor tensor)
    {
        var proto = new TensorProto
        {
            Name = name,
            DataType = (int)tensor.Type,
            RawData = UnsafeByteOperations.UnsafeWrap(tensor.Data),
        };
        proto.Dims.AddRange(tensor.Shape);
        return proto;
    }

    private static ValueInfoProto ValueInfo(OnnxValue value)
    {
        var type = new TypeProto.Types.Tensor { ElemType = (int)value.Type };
        if (value.HasShape)
        {
            type.Shape = new TensorShapeProto();
            type.Shape.Dim.AddRange(value.Shape.Select(Dimension));
        }

        return new ValueInfoProto { Name = value.Name, Type = new TypeProto { TensorType = type } };
    }

    private static TensorShapeProto.Types.Dimension Dimension(OnnxDimension dimension)
    {
        var proto = new TensorShapeProto.Types.Dimension();
        if (dimension.Size is { } size)
        {
            proto.DimValue = size;
        }
        else if (dimension.Name is { } name)
        {
            proto.DimParam = name;
        }

        return proto;
    }
}
