using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OrganSeg.ServiceDefaults;

internal static class TelemetryExtensions
{
    private const string OurSources = "OrganSeg.*";
    private const string MetricsPath = "/metrics";
    private const string ScrapingSwitch = "Prometheus:Enabled";

    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        // The Azure SDK traces through ActivitySource only when asked to.
        AppContext.SetSwitch("Azure.Experimental.EnableActivitySource", true);

        // A record has the ids of its span anyway; as a scope it would have them also where nothing is traced.
        builder.Logging.Configure(options => options.ActivityTrackingOptions = ActivityTrackingOptions.None);
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
            logging.AddProcessor(new QuietLogs());
            logging.ParseStateValues = true;
        });

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                .AddService(builder.Environment.ServiceName(builder.Configuration), serviceVersion: ServiceDefaultsExtensions.Version)
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter(OurSources)
                // Each bucket names a trace that fell into it, so that a slow percentile leads to a slow call.
                .SetExemplarFilter(ExemplarFilterType.TraceBased))
            .WithTracing(tracing => tracing
                .AddSource(OurSources)
                .AddSource("Azure.*")
                .AddAspNetCoreInstrumentation(options => options.Filter = IsWork)
                .AddGrpcClientInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
                .AddHttpClientInstrumentation(options =>
                {
                    // The exporter's own calls, and those that the Azure SDK's span already stands for.
                    options.FilterHttpRequestMessage = request => UntracedRequests.IsTraced(request)
                        && System.Diagnostics.Activity.Current?.Source.Name.StartsWith("Azure.", StringComparison.Ordinal) != true;
                }));

        builder.Services.TryAddSingleton<ServiceTelemetry>();
        builder.Services.AddSingleton<IHealthCheckPublisher>(services => services.GetRequiredService<ServiceTelemetry>());
        if (IsScraped(builder.Configuration))
        {
            telemetry.WithMetrics(metrics => metrics.AddPrometheusExporter());
        }

        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            telemetry.UseOtlpExporter();
        }
    }

    /// <summary>Maps <c>/metrics</c> for Prometheus, unless the configuration's <c>Prometheus:Enabled</c> is false.</summary>
    public static void MapMetrics(this WebApplication app)
    {
        if (IsScraped(app.Configuration))
        {
            // Else every scrape would itself be counted among the requests.
            app.MapPrometheusScrapingEndpoint(MetricsPath).DisableHttpMetrics();
        }
    }

    private static bool IsScraped(IConfiguration configuration) => configuration.GetValue(ScrapingSwitch, defaultValue: true);

    /// <summary>Probes are not work: tracing them would bury the rest.</summary>
    internal static bool IsWork(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health")
        && !context.Request.Path.StartsWithSegments("/alive")
        && !context.Request.Path.StartsWithSegments("/ready")
        && !context.Request.Path.StartsWithSegments(MetricsPath)
        && !context.Request.Path.StartsWithSegments(OpenApiExtensions.Folder)
        && !context.Request.Path.StartsWithSegments("/v1/info")
        && !context.Request.Path.StartsWithSegments("/grpc.health.v1.Health");
}
