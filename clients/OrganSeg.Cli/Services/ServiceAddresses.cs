using System.Text.Json;

namespace OrganSeg.Cli.Services;

/// <summary>Where the four services listen.</summary>
internal sealed record ServiceAddresses(
    ServiceAddress Ingest, ServiceAddress Trainer, ServiceAddress Inference, ServiceAddress Evaluator)
{
    /// <summary>What <c>up</c> listens on unless a port is taken.</summary>
    public static ServiceAddresses Default { get; } = new(Of(1), Of(2), Of(3), Of(4));

    /// <summary>Each with its resource name.</summary>
    public IEnumerable<(string Name, ServiceAddress Address)> All =>
        [("ingest", Ingest), ("trainer", Trainer), ("inference", Inference), ("evaluator", Evaluator)];

    /// <summary>Reads <c>{"ingest":{"http":…,"grpc":…},…}</c>.</summary>
    /// <exception cref="JsonException">It is something else, or a service is missing.</exception>
    public static ServiceAddresses Parse(JsonElement endpoints)
    {
        return new(Read("ingest"), Read("trainer"), Read("inference"), Read("evaluator"));

        ServiceAddress Read(string name) =>
            endpoints.ValueKind == JsonValueKind.Object && endpoints.TryGetProperty(name, out var address)
                ? address.Deserialize<ServiceAddress>(JsonSerializerOptions.Web) ?? throw new JsonException($"{name} is null")
                : throw new JsonException($"{name} is missing");
    }

    private static ServiceAddress Of(int number) =>
        new(new Uri($"http://127.0.0.1:{5600 + number}"), new Uri($"http://127.0.0.1:{5700 + number}"));
}
