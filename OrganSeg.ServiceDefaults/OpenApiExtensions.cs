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
