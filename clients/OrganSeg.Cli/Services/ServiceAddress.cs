using System.Text.Json.Serialization;

namespace OrganSeg.Cli.Services;

/// <summary>Where one service listens.</summary>
/// <param name="Http">HTTP/1.1 endpoint, such as <c>http://127.0.0.1:5601</c>.</param>
/// <param name="Grpc">HTTP/2 endpoint without TLS.</param>
internal sealed record ServiceAddress(
    [property: JsonRequired] Uri Http,
    [property: JsonRequired] Uri Grpc);
