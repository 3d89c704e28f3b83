using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace OrganSeg.Inference.OpenInference;

/// <summary>
/// Messages as Triton writes them in REST: names as in the protocol's file and every number a number, where the JSON of
/// Protocol Buffers makes texts of 64-bit ones.
/// </summary>
internal static class MessageJson
{
    /// <summary>Every field but messages and choices that are not set.</summary>
    public static JsonObject Of(IMessage message)
    {
        var json = new JsonObject();
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            var isSet = !field.HasPresence || field.Accessor.HasValue(message);
            if (isSet && field.Accessor.GetValue(message) is { } value)
            {
                json[field.Name] = field.IsMap ? Map(field, (System.Collections.IDictionary)value)
                    : field.IsRepeated ? new JsonArray([.. ((System.Collections.IEnumerable)value).Cast<object>().Select(item => Value(field, item))])
                    : Value(field, value);
            }
        }

        return json;
    }

    private static JsonObject Map(FieldDescriptor field, System.Collections.IDictionary map)
    {
        var value = field.MessageType.FindFieldByNumber(2);
        return new JsonObject(map.Keys.Cast<object>().Select(key =>
            KeyValuePair.Create(key.ToString() ?? "", (JsonNode?)Value(value, map[key]!))));
    }

    private static JsonNode Value(FieldDescriptor field, object value) => value switch
    {
        IMessage message => Of(message),
        Enum => field.EnumType.FindValueByNumber(Convert.ToInt32(value)).Name,
        string text => text,
        bool flag => flag,
        int number => number,
        long number => number,
        uint number => number,
        ulong number => number,
        float number => number,
        double number => number,
        ByteString bytes => bytes.ToBase64(),
        _ => throw new NotSupportedException($"{field.FullName} has no form in JSON."),
    };
}
