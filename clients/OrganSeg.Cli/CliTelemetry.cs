using System.Diagnostics;
using System.Reflection;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace OrganSeg.Cli;

/// <summary>Traces of the command line, exported over OTLP when a collector is configured.</summary>
internal sealed class CliTelemetry : IDisposable
{
    /// <summary>One root span a command, and the steps in it.</summary>
    public static readonly ActivitySource Source = new("OrganSeg.Cli");

    private const int FlushMilliseconds = 5000;

    private readonly TracerProvider? _provider;

    public CliTelemetry()
    {
        if (string.IsNullOrWhiteSpace(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
        {
            return;
        }

        _provider = OpenTelemetry.Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService("organseg-cli", serviceVersion: Version))
            .AddSource(Source.Name)
            .AddGrpcClientInstrumentation(options => options.SuppressDownstreamInstrumentation = true)
            .AddOtlpExporter()
            .Build();
    }

    public static string Version { get; } =
        typeof(CliTelemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion ?? "0";

    public void Dispose()
    {
        // The process ends next: what is still in the queue must leave now, and a collector that is away must not hold it up.
        _provider?.Shutdown(FlushMilliseconds);
        _provider?.Dispose();
    }
}
