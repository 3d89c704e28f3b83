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

    internal static OnnxAttribute From(AttributeProto proto, string file) =>
        proto.Type is AttributeProto.Types.AttributeType.Undefined
            ? throw OrganSegException.Invalid(file, $"attribute {proto.Name} has no type; graphs within graphs are not read")
            : new(proto);

    internal static long Integer(OnnxNode node, string name, long otherwise) =>
        node.Attributes.FirstOrDefault(a => a.Name == name)?.Proto.I ?? otherwise;

    internal static IReadOnlyList<long> Integers(OnnxNode node, string name, IReadOnlyList<long> otherwise) =>
        node.Attributes.FirstOrDefault(a => a.Name == name)?.Proto.Ints ?? otherwise;

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
