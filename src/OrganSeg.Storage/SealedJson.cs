using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OrganSeg.Storage;

/// <summary>
/// JSON documents that carry a digest of themselves: SHA-256 over the compact JSON without <c>digest</c> and the
/// properties named as excluded. It is taken over the JSON as it is stored, so properties that only a later version
/// knows are covered as well.
/// </summary>
internal static class SealedJson
{
    private const string DigestProperty = "digest";

    /// <summary>The digest a document has, in hexadecimal.</summary>
    public static string DigestOf<T>(T document, IReadOnlySet<string> excluded) =>
        DigestOf(JsonNode.Parse(StoredJson.Serialize(document))!.AsObject(), excluded);

    /// <summary>Reads a document whose digest has to hold.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>, naming the blob, when it does not.</exception>
    public static T Open<T>(ReadOnlySpan<byte> json, string blob, IReadOnlySet<string> excluded)
        where T : class, IStoredDocument
    {
        JsonObject node;
        try
        {
            node = JsonNode.Parse(json) as JsonObject ?? throw StoredJson.Unreadable(blob, null);
            string? claimed = node[DigestProperty]?.GetValue<string>();
            if (claimed is null || claimed != DigestOf(node, excluded))
            {
                throw new OrganSegException(
                    ErrorKind.Corrupt, $"{blob} was changed after it was sealed: its digest does not match its content.");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or ArgumentException)
        {
            throw StoredJson.Unreadable(blob, e);
        }

        return StoredJson.Deserialize<T>(json, blob);
    }

    private static string DigestOf(JsonObject node, IReadOnlySet<string> excluded)
    {
        node.Remove(DigestProperty);
        foreach (string property in excluded)
        {
            node.Remove(property);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(node.ToJsonString())));
    }
}
