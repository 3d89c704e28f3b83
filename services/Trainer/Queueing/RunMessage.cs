using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrganSeg.Trainer.Queueing;

/// <summary>What is sent through a queue: which run may be taken. Everything else about it is in the store.</summary>
internal sealed record RunMessage
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    };

    public int Schema { get; init; } = 1;

    public required string RunId { get; init; }

    public string ToText() => JsonSerializer.Serialize(this, Json);

    /// <summary>The message of a text; null when it is none, or of a later kind.</summary>
    public static RunMessage? Parse(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<RunMessage>(text, Json) is { Schema: 1, RunId.Length: > 0 } message ? message : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
