using Google.Protobuf;
using OrganSeg.Onnx.Protobuf;

namespace OrganSeg.Onnx;

/// <summary>A named constant of a node, such as <c>strides</c>.</summary>
public sealed class OnnxAttribute
{
    private OnnxAttribute(AttributeProto proto)
    {
        Proto = proto;
    }

    /// <summary>Its name.</summary>
    public string Name => Proto.Name;

    internal AttributeProto Proto { get; }

    /// <summary>A whole number.</summary>
    public static OnnxAttribute Of(string name, long value) =>
        new(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value });

    /// <summary>A list of whole numbers.</summary>
    public static OnnxAttribute OfList(string name, params ReadOnlySpan<long> values)
    {
        var proto = new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        foreach (var value in values)
        {
            proto.Ints.Add(value);
        }

        return new(proto);
    }

    /// <summary>A floating-point number.</summary>
    public static OnnxAttribute Of(string name, float value) =>
        new(new AttributeProto { Name = name, Type = AttributeProto.Types.AttributeType.Float, F = value });

    /// <summary>A text.</summary>
    public static OnnxAttribute Of(string name, string value) =>
        new(new AttributeProto
        {
            Name = name,
            Type = AttributeProto.Types.AttributeType.String,
            S = ByteString.CopyFromUtf8(value),
        });
}
