namespace OrganSeg.Contracts;

/// <summary>What clients say of themselves beside their requests, in headers of HTTP.</summary>
public static class CallHeaders
{
    /// <summary>Name of the person or job on whose behalf a call is made, percent-encoded UTF-8 (RFC 3986). Stated, not proved.</summary>
    public const string User = "organseg-user";

    /// <summary>A text as the value of a header.</summary>
    public static string Encode(string text) => Uri.EscapeDataString(text);

    /// <summary>The text of a header; what is no encoding stays as it is.</summary>
    public static string Decode(string header) => Uri.UnescapeDataString(header);
}
