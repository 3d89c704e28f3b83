using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.OpenApi.Models;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace OrganSeg.Inference.OpenInference;

/// <summary>
/// Adds the paths of <see cref="OpenInferenceRest"/> to the service's OpenAPI document, from what is mapped. Bodies are the
/// protocol's and are said to be objects only: the protocol has a document of its own for them.
/// </summary>
internal sealed class OpenInferenceDocument(EndpointDataSource endpoints) : IDocumentFilter
{
    private const string Json = "application/json";
    private const string Binary = "application/octet-stream";
    private const string Tag = "Open Inference Protocol";

    /// <inheritdoc/>
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context)
    {
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>())
        {
            var path = "/" + endpoint.RoutePattern.RawText?.Trim('/');
            var method = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.SingleOrDefault();
            if (method is not null && (path + "/").StartsWith(OpenInferenceRest.Root + "/", StringComparison.Ordinal))
            {
                swaggerDoc.Paths.TryAdd(path, new OpenApiPathItem());
                swaggerDoc.Paths[path].AddOperation(method == HttpMethods.Get ? OperationType.Get : OperationType.Post, Operation(endpoint, method, path));
            }
        }
    }

    private static OpenApiOperation Operation(RouteEndpoint endpoint, string method, string path)
    {
        var isInfer = path.EndsWith("/infer", StringComparison.Ordinal);
        return new OpenApiOperation
        {
            Tags = [new OpenApiTag { Name = Tag }],
            Summary = endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary,
            Parameters = [.. endpoint.RoutePattern.Parameters.Select(parameter => new OpenApiParameter
            {
                Name = parameter.Name,
                In = ParameterLocation.Path,
                Required = true,
                Schema = new OpenApiSchema { Type = "string" },
            })],
            RequestBody = method == HttpMethods.Get ? null : new OpenApiRequestBody { Required = isInfer, Content = Content(isInfer) },
            Responses = new OpenApiResponses
            {
                [StatusCodes.Status200OK.ToString(CultureInfo.InvariantCulture)] =
                    new OpenApiResponse { Description = "What was asked for.", Content = Content(isInfer) },
                ["default"] = new OpenApiResponse { Description = "Why not: an object with the text \"error\".", Content = Content(binary: false) },
            },
        };
    }

    private static Dictionary<string, OpenApiMediaType> Content(bool binary)
    {
        var content = new Dictionary<string, OpenApiMediaType> { [Json] = new() { Schema = new OpenApiSchema { Type = "object" } } };
        if (binary)
        {
            content[Binary] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = "string", Format = "binary" } };
        }

        return content;
    }
}
