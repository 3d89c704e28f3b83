using System.Text.Json;

namespace OrganSeg.Trainer.Queueing;

/// <summary>What is kept of a message that cannot be worked on.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Taken">How often it was taken.</param>
/// <param name="SentAt">When it was sent.</param>
/// <param name="Message">The message itself, cut off where it is long.</param>
internal sealed record PoisonMessage(string Reason, long Taken, DateTimeOffset? SentAt, string Message)
{
    // Quoted and escaped it stays below the 64 KiB of a message.
    private const int Longest = 8192;

    public string ToText() => JsonSerializer.Serialize(
        this with { Message = Message.Length > Longest ? Message[..Longest] : Message }, JsonSerializerOptions.Web);
}
