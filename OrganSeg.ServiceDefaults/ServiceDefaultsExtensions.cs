using System.Reflection;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace OrganSeg.ServiceDefaults;

/// <summary>What every OrganSeg service has in common: telemetry, health, discovery, gRPC with one error mapping, and an
/// orderly end.</summary>
public static class ServiceDefaultsExtensions
{
    private const int MaxMessageBytes = 64 << 20;

    /// <summary>Time that work in flight has to finish or to checkpoint when the service is told to stop.</summary>
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(30);

    /// <summary>Registers the defaults. Call it first in <c>Program.cs</c>.</summary>
    /// <typeparam name="TBuilder">The host builder.</typeparam>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        builder.AddTelemetry();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddServiceDiscovery();
        builder.Services.ConfigureHttpClientDefaults(http => http.AddServiceDiscovery());
        builder.Services.AddGrpc(Configure)
            .AddJsonTranscoding(options =>
                // Without the types of our error details an error could not be written as JSON.
                options.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor));
        builder.Services.AddGrpcReflection();
        builder.Services.AddGrpcHealthChecks();
        builder.AddHealthDefaults();
        builder.AddOpenApiDocument();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = ShutdownTime);
        builder.Services.Configure<KestrelServerOptions>(options =>
        {
            // Long streams may rest between messages; calls are bounded by their deadlines instead.
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Limits.MaxRequestBodySize = null;
        });
        if (builder.Configuration[StopWithStandardInput.Variable] == "1")
        {
            builder.Services.AddHostedService<StopWithStandardInput>();
            builder.Services.AddSingleton<IHostLifetime, ChildProcessLifetime>();
        }

        return builder;
    }

    /// <summary>Shows the space of the disk that a folder of the service lies on among its metrics.</summary>
    /// <typeparam name="TBuilder">The host builder.</typeparam>
    /// <param name="builder">The host.</param>
    /// <param name="name">What the folder is for, such as <c>spool</c>; its path is not shown.</param>
    /// <param name="path">Gives its path; null where the configuration has no such folder.</param>
    public static TBuilder AddWatchedFolder<TBuilder>(this TBuilder builder, string name, Func<IServiceProvider, string?> path)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddSingleton(new WatchedFolder(name, path));
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (it can work), <c>/ready</c> (it has what it is there to serve), <c>/alive</c> (running), gRPC
    /// health and reflection, <c>/metrics</c>, <c>/openapi/v1.json</c>, and <c>/v1/info</c>: the service's name and
    /// version, and the identity of its store, by which a client tells whether it means this one.
    /// </summary>
    /// <param name="app">The service.</param>
    /// <param name="storeIdentity">Identity of the object store, 64 hexadecimal digits.</param>
    public static WebApplication MapServiceDefaults(this WebApplication app, string storeIdentity)
    {
        var information = new ServiceInformation(app.Environment.ServiceName(app.Configuration), Version, storeIdentity);
        app.MapHealth();
        app.MapMetrics();
        app.MapOpenApiDocument();
        app.MapGet("/v1/info", () => TypedResults.Ok(information))
            .WithTags("Service")
            .WithSummary("What this service is, and of which store.");
        app.MapGrpcReflectionService();
        return app;
    }

    internal static string Version { get; } =
        typeof(ServiceDefaultsExtensions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0";

    internal static string ServiceName(this IHostEnvironment environment, IConfiguration configuration) =>
        configuration["OTEL_SERVICE_NAME"] is { Length: > 0 } name ? name : environment.ApplicationName.ToLowerInvariant();

    private static void Configure(GrpcServiceOptions options)
    {
        options.MaxReceiveMessageSize = MaxMessageBytes;
        options.MaxSendMessageSize = MaxMessageBytes;
        options.Interceptors.Add<ErrorInterceptor>();
    }

    private sealed record ServiceInformation(string Service, string Version, string Store);
}
