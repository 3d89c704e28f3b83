using System.Globalization;
using System.IO.Compression;
using System.Text.Json.Nodes;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;

namespace OrganSeg.Inference.OpenInference;

/// <summary>
/// The REST form of the Open Inference Protocol, under <c>/v2</c>, with the binary data and the model repository extension.
/// Paths, bodies and headers are the protocol's; errors are <c>{"error": …}</c>.
/// </summary>
internal sealed partial class OpenInferenceRest(
    OpenInferenceServer server, ModelRepository repository, ModelInspection inspection, ILogger<OpenInferenceRest> logger)
{
    /// <summary>Where every path begins.</summary>
    public const string Root = "/v2";

    private const string HeaderLength = "Inference-Header-Content-Length";
    private const long MaxBodyBytes = 64L << 20;

    /// <summary>Maps every path.</summary>
    public static void Map(WebApplication app)
    {
        var rest = app.Services.GetRequiredService<OpenInferenceRest>();
        var v2 = app.MapGroup(Root);
        v2.MapGet("", rest.Answer(ServerMetadataAsync)).WithSummary("Name, version and extensions of the server.");
        v2.MapGet("health/live", rest.Answer(LiveAsync)).WithSummary("The process answers.");
        v2.MapGet("health/ready", rest.Answer(rest.ServerReadyAsync)).WithSummary("At least one model is loaded, or can be.");
        foreach (var version in (string[])["", "/versions/{version}"])
        {
            var path = $"models/{{model}}{version}";
            v2.MapGet(path, rest.Answer(rest.DescribeAsync)).WithSummary("Names, types and shapes of a model's tensors.");
            v2.MapGet($"{path}/ready", rest.Answer(rest.ModelReadyAsync)).WithSummary("The model can take requests.");
            v2.MapGet($"{path}/config", rest.Answer(rest.ConfigureAsync)).WithSummary("How a model is served.");
            v2.MapGet($"{path}/stats", rest.Answer(rest.CountAsync)).WithSummary("What was run of a model since the process started.");
            v2.MapPost($"{path}/infer", rest.Answer(rest.InferAsync)).WithSummary("Tensors in, tensors out.");
        }

        v2.MapGet("models/stats", rest.Answer(rest.CountAsync)).WithSummary("What was run since the process started.");
        v2.MapPost("repository/index", rest.Answer(rest.IndexAsync)).WithSummary("Every version in the catalogue, loaded or not.");
        v2.MapPost("repository/{repository}/index", rest.Answer(rest.IndexAsync)).WithSummary("Every version in a repository.");
        v2.MapPost("repository/models/{model}/load", rest.Answer(rest.LoadAsync)).WithSummary("Loads a model and keeps it loaded.");
        v2.MapPost("repository/models/{model}/unload", rest.Answer(rest.UnloadAsync)).WithSummary("Lets go of a model until it is loaded again.");
    }

    private static Task<JsonNode?> LiveAsync(HttpContext context) => Task.FromResult<JsonNode?>(new JsonObject { ["live"] = true });

    private static Task<JsonNode?> ServerMetadataAsync(HttpContext context) =>
        Task.FromResult<JsonNode?>(MessageJson.Of(OpenInferenceServer.Metadata));

    private static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Missing => StatusCodes.Status404NotFound,
        ErrorKind.Quota => StatusCodes.Status429TooManyRequests,
        ErrorKind.Dependency => StatusCodes.Status503ServiceUnavailable,
        ErrorKind.Cancelled => StatusCodes.Status499ClientClosedRequest,
        ErrorKind.Corrupt => StatusCodes.Status500InternalServerError,
        _ => StatusCodes.Status400BadRequest,
    };

    private static string Value(HttpContext context, string name) => context.GetRouteValue(name) as string ?? "";

    /// <summary>The whole body, unpacked if need be, within the limit.</summary>
    private static async Task<byte[]> BodyAsync(HttpContext context)
    {
        var encoding = context.Request.Headers.ContentEncoding.ToString();
        await using var stream = encoding switch
        {
            "" or "identity" => context.Request.Body,
            "gzip" => new GZipStream(context.Request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(context.Request.Body, CompressionMode.Decompress),
            _ => throw OrganSegException.Invalid("Content-Encoding", $"\"{encoding}\" is not known; use gzip, deflate or none."),
        };
        using var whole = new MemoryStream((int)Math.Clamp(context.Request.ContentLength ?? 0, 0, MaxBodyBytes));
        var buffer = new byte[1 << 16];
        try
        {
            while (await stream.ReadAsync(buffer, context.RequestAborted) is > 0 and var read)
            {
                if (whole.Length + read > MaxBodyBytes)
                {
                    throw OrganSegException.Invalid("body", $"has more than {MaxBodyBytes >> 20} MiB.");
                }

                whole.Write(buffer, 0, read);
            }
        }
        catch (InvalidDataException error)
        {
            throw new OrganSegException(ErrorKind.Invalid, $"body: is no {encoding}.", error);
        }

        return whole.ToArray();
    }

    private async Task<JsonNode?> ServerReadyAsync(HttpContext context)
    {
        var ready = await repository.IsAnyReadyAsync(context.RequestAborted);
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return new JsonObject { ["ready"] = ready, ["live"] = true };
    }

    private async Task<JsonNode?> ModelReadyAsync(HttpContext context)
    {
        var model = Value(context, "model");
        var ready = await repository.IsReadyAsync(model, Value(context, "version"), context.RequestAborted);
        context.Response.StatusCode = ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
        return new JsonObject { ["name"] = model, ["ready"] = ready };
    }

    private async Task<JsonNode?> DescribeAsync(HttpContext context)
    {
        var model = await server.DescribeAsync(Value(context, "model"), Value(context, "version"), context.RequestAborted);
        return MessageJson.Of(model);
    }

    private async Task<JsonNode?> ConfigureAsync(HttpContext context)
    {
        var response = await inspection.ConfigureAsync(Value(context, "model"), Value(context, "version"), context.RequestAborted);
        return MessageJson.Of(response.Config);
    }

    private async Task<JsonNode?> CountAsync(HttpContext context) =>
        MessageJson.Of(await inspection.CountAsync(Value(context, "model"), Value(context, "version"), context.RequestAborted));

    private async Task<JsonNode?> InferAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        var header = context.Request.Headers[HeaderLength].ToString();
        var length = body.Length;
        if (header.Length > 0 && (!int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > body.Length))
        {
            throw OrganSegException.Invalid(HeaderLength, $"\"{header}\" is no length within the {body.Length} bytes of the body.");
        }

        var request = RestTensors.Read(body.AsMemory(0, length), body.AsMemory(length));
        request.ModelName = Value(context, "model");
        request.ModelVersion = Value(context, "version");
        var response = await server.InferAsync(request, Caller.Of(context), context.RequestAborted);
        var (json, binary) = RestTensors.Write(request, response);
        context.Response.ContentType = binary.Count == 0 ? "application/json" : "application/octet-stream";
        context.Response.ContentLength = json.Length + binary.Sum(part => (long)part.Length);
        if (binary.Count > 0)
        {
            context.Response.Headers[HeaderLength] = json.Length.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.Body.WriteAsync(json, context.RequestAborted);
        foreach (var part in binary)
        {
            await context.Response.Body.WriteAsync(part, context.RequestAborted);
        }

        return null;
    }

    private async Task<JsonNode?> IndexAsync(HttpContext context)
    {
        var asked = await ObjectAsync(context);
        var ready = asked["ready"] is JsonValue value && value.TryGetValue<bool>(out var only) && only;
        var index = await repository.IndexAsync(Value(context, "repository"), ready, context.RequestAborted);
        return new JsonArray([.. index.Models.Select(MessageJson.Of)]);
    }

    private async Task<JsonNode?> LoadAsync(HttpContext context)
    {
        var asked = await ObjectAsync(context);
        var parameters = (asked["parameters"] as JsonObject ?? []).ToDictionary(p => p.Key, _ => new ModelRepositoryParameter());
        await repository.LoadAsync("", Value(context, "model"), parameters, context.RequestAborted);
        return new JsonObject();
    }

    private async Task<JsonNode?> UnloadAsync(HttpContext context)
    {
        await repository.UnloadAsync("", Value(context, "model"), context.RequestAborted);
        return new JsonObject();
    }

    /// <summary>The body as an object; nothing at all counts as an empty one.</summary>
    private static async Task<JsonObject> ObjectAsync(HttpContext context)
    {
        var body = await BodyAsync(context);
        try
        {
            return body.Length == 0 ? [] : JsonNode.Parse(body) as JsonObject ?? throw OrganSegException.Invalid("body", "must be an object.");
        }
        catch (System.Text.Json.JsonException)
        {
            throw OrganSegException.Invalid("body", "is no JSON.");
        }
    }

    private RequestDelegate Answer(Func<HttpContext, Task<JsonNode?>> work) => context => AnswerAsync(context, work);

    private async Task AnswerAsync(HttpContext context, Func<HttpContext, Task<JsonNode?>> work)
    {
        try
        {
            if (await work(context) is { } json)
            {
                await context.Response.WriteAsJsonAsync(json, context.RequestAborted);
            }
        }
        catch (OrganSegException error)
        {
            if (error.RetryAfter is { } delay)
            {
                context.Response.Headers.RetryAfter = Math.Ceiling(delay.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }

            await FailAsync(context, StatusOf(error.Kind), error.Message);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (BadHttpRequestException error)
        {
            await FailAsync(context, error.StatusCode, "The request could not be read.");
        }
        catch (Exception error)
        {
            LogUnexpected(error, context.Request.Path);
            await FailAsync(context, StatusCodes.Status500InternalServerError, "Internal error. The service's log tells more.");
        }
    }

    private static async Task FailAsync(HttpContext context, int status, string message)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            context.Abort();
            return;
        }

        context.Response.StatusCode = status;
        context.Response.ContentLength = null;
        await context.Response.WriteAsJsonAsync(new JsonObject { ["error"] = message }, context.RequestAborted);
    }

    [LoggerMessage(3020, LogLevel.Error, "{Path} failed unexpectedly")]
    private partial void LogUnexpected(Exception error, string path);
}
