using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.OpenApi.Models;

namespace OrganSeg.ServiceDefaults;

/// <summary>The REST form of the gRPC services, described for clients of other kinds.</summary>
internal static class OpenApiExtensions
{
    /// <summary>Where documents lie.</summary>
    public const string Folder = "/openapi";

    private const string Document = "v1";
    // Carries the comments of the protos.
    private const string Comments = "OrganSeg.Contracts.xml";

    public static void AddOpenApiDocument(this IHostApplicationBuilder builder)
    {
        builder.Services.AddGrpcSwagger();
        builder.Services.AddEndpointsApiExplorer();
        builder.Services.AddSwaggerGen(options =>
        {
            options.SwaggerDoc(Document, new OpenApiInfo
            {
                Title = $"OrganSeg {builder.Environment.ServiceName(builder.Configuration)}",
                Version = ServiceDefaultsExtensions.Version,
            });
            // Types inside of messages may share their names, as a status of ours does with gRPC's.
            var plain = options.SchemaGeneratorOptions.SchemaIdSelector;
            options.CustomSchemaIds(type =>
                type.DeclaringType is { Name: "Types", DeclaringType: { } message } ? message.Name + type.Name : plain(type));
            var comments = Path.Combine(AppContext.BaseDirectory, Comments);
            if (File.Exists(comments))
            {
                options.IncludeXmlComments(comments);
                options.IncludeGrpcXmlComments(comments, includeControllerXmlComments: true);
            }
        });
    }

    /// <summary>Maps <c>/openapi/v1.json</c>.</summary>
    public static void MapOpenApiDocument(this WebApplication app) => app.MapSwagger(Folder + "/{documentName}.json");
}
