using System.Reflection;
using Google.Protobuf.Reflection;
using Google.Rpc;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace OrganSeg.ServiceDefaults;

/// <summary>What every OrganSeg service has in common: telemetry, health, discovery, gRPC with one error mapping, and an
/// orderly end.</summary>
public static class ServiceDefaultsExtensions
{
    private const string Live = "live";
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
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        builder.Services.Configure<HealthCheckPublisherOptions>(options =>
        {
            options.Delay = TimeSpan.Zero;
            options.Period = TimeSpan.FromSeconds(5);
        });
        builder.Services.AddGrpc(Configure)
            .AddJsonTranscoding(options =>
                // Without the types of our error details an error could not be written as JSON.
                options.TypeRegistry = TypeRegistry.FromFiles(ErrorDetailsReflection.Descriptor));
        builder.Services.AddGrpcReflection();
        builder.Services.AddGrpcHealthChecks();
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

    /// <summary>Adds a check that must pass before the service counts as ready (<c>/health</c> and gRPC health).</summary>
    /// <typeparam name="TBuilder">The host builder.</typeparam>
    /// <param name="builder">The host.</param>
    /// <param name="name">Name of what is checked, such as <c>store</c>.</param>
    /// <param name="check">Returns when it is fine and throws when it is not.</param>
    public static TBuilder AddReadiness<TBuilder>(
        this TBuilder builder, string name, Func<IServiceProvider, CancellationToken, Task> check)
        where TBuilder : IHostApplicationBuilder
    {
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name, services => new Readiness(services, check), HealthStatus.Unhealthy, tags: null, TimeSpan.FromSeconds(10)));
        return builder;
    }

    /// <summary>
    /// Maps <c>/health</c> (ready), <c>/alive</c> (running), gRPC health and reflection, and <c>/v1/info</c>: the
    /// service's name and version, and the identity of its store, by which a client tells whether it means this one.
    /// </summary>
    /// <param name="app">The service.</param>
    /// <param name="storeIdentity">Identity of the object store, 64 hexadecimal digits.</param>
    public static WebApplication MapServiceDefaults(this WebApplication app, string storeIdentity)
    {
        var information = new ServiceInformation(app.Environment.ServiceName(app.Configuration), Version, storeIdentity);
        app.MapHealthChecks("/health");
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        app.MapGet("/v1/info", () => TypedResults.Ok(information));
        app.MapGrpcHealthChecksService();
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

    private sealed class Readiness(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> check)
        : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await check(services, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (OrganSegException error)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, error.Message);
            }
        }
    }
}
