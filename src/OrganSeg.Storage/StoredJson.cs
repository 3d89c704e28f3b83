using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace OrganSeg.Storage;

/// <summary>How documents are written as JSON: camelCase, indented, UTC times, nulls left out.</summary>
public static class StoredJson
{
    /// <summary>The one set of options of all stored documents.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>A document as UTF-8 JSON.</summary>
    public static byte[] Serialize<T>(T document) => JsonSerializer.SerializeToUtf8Bytes(document, Options);

    /// <summary>Reads a document.</summary>
    /// <param name="json">UTF-8 JSON.</param>
    /// <param name="blob">What to name in the error.</param>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Corrupt"/> when it is no such document, <see cref="ErrorKind.NotReady"/> when a newer
    /// version of OrganSeg wrote it.
    /// </exception>
    public static T Deserialize<T>(ReadOnlySpan<byte> json, string blob)
        where T : class, IStoredDocument
    {
        T? document;
        try
        {
            document = JsonSerializer.Deserialize<T>(json, Options);
        }
        catch (Exception e) when (e is JsonException or OrganSegException or FormatException)
        {
            throw Unreadable(blob, e);
        }

        if (document is null)
        {
            throw Unreadable(blob, null);
        }

        return document.Schema == 1
            ? document
            : throw new OrganSegException(
                ErrorKind.NotReady,
                $"{blob} has schema {document.Schema}, which this version does not know; update OrganSeg.");
    }

    internal static OrganSegException Unreadable(string blob, Exception? inner) => new(
        ErrorKind.Corrupt, $"{blob} is not the JSON document it should be; restore it from a copy.", inner);

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            WriteIndented = true,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            AllowDuplicateProperties = false,
            NumberHandling = JsonNumberHandling.Strict,
            PropertyNameCaseInsensitive = false,
            RespectNullableAnnotations = true,
            RespectRequiredConstructorParameters = true,
            NewLine = "\n",
        };
        options.Converters.Add(new UtcTime());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed class UtcTime : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset().ToUniversalTime();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(
                value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFZ", CultureInfo.InvariantCulture));
    }
}
