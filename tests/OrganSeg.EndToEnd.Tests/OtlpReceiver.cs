using System.Collections.Concurrent;
using System.Collections.Immutable;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrganSeg.EndToEnd.Tests.Otlp;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>A small OTLP collector on a free loopback port that keeps every span, log text and metric name.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app, Received received)
    {
        _app = app;
        All = received;
    }

    public Received All { get; }

    public string Endpoint => _app.Urls.Single();

    public static async Task<OtlpReceiver> StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.ListenLocalhostFree());
        builder.Services.AddGrpc();
        var received = new Received();
        builder.Services.AddSingleton(received);
        var app = builder.Build();
        app.MapGrpcService<Traces>();
        app.MapGrpcService<Logs>();
        app.MapGrpcService<Metrics>();
        await app.StartAsync(cancellationToken);
        return new OtlpReceiver(app, received);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static string ServiceOf(Resource resource) => resource.Attributes.First(a => a.Key == "service.name").Value.StringValue;

    internal sealed class Received
    {
        private ImmutableList<RecordedSpan> _spans = [];

        public ImmutableList<RecordedSpan> Spans => Volatile.Read(ref _spans);

        public ConcurrentQueue<string> LogTexts { get; } = new();

        public ConcurrentQueue<RecordedLog> Logs { get; } = new();

        public ConcurrentDictionary<string, string> MetricUnits { get; } = new();

        public void Add(IEnumerable<RecordedSpan> spans) => ImmutableInterlocked.Update(ref _spans, (all, more) => all.AddRange(more), spans);
    }

    private sealed class Traces(Received received) : TraceService.TraceServiceBase
    {
        public override Task<ExportTraceServiceResponse> Export(ExportTraceServiceRequest request, ServerCallContext context)
        {
            received.Add(
                from resource in request.ResourceSpans
                let service = ServiceOf(resource.Resource)
                from scope in resource.ScopeSpans
                from span in scope.Spans
                select RecordedSpan.Of(service, scope.Scope.Name, span));
            return Task.FromResult(new ExportTraceServiceResponse());
        }
    }

    private sealed class Logs(Received received) : LogsService.LogsServiceBase
    {
        public override Task<ExportLogsServiceResponse> Export(ExportLogsServiceRequest request, ServerCallContext context)
        {
            foreach (var resource in request.ResourceLogs)
            {
                foreach (var (scope, record) in resource.ScopeLogs.SelectMany(s => s.LogRecords, (s, record) => (s.Scope.Name, record)))
                {
                    received.LogTexts.Enqueue(record.ToString());
                    received.Logs.Enqueue(RecordedLog.Of(ServiceOf(resource.Resource), scope, record));
                }
            }

            return Task.FromResult(new ExportLogsServiceResponse());
        }
    }

    private sealed class Metrics(Received received) : MetricsService.MetricsServiceBase
    {
        public override Task<ExportMetricsServiceResponse> Export(ExportMetricsServiceRequest request, ServerCallContext context)
        {
            foreach (var metric in request.ResourceMetrics.SelectMany(r => r.ScopeMetrics).SelectMany(s => s.Metrics))
            {
                received.MetricUnits[metric.Name] = metric.Unit;
            }

            return Task.FromResult(new ExportMetricsServiceResponse());
        }
    }
}

file static class KestrelExtensions
{
    /// <summary>Listens on a free loopback port for HTTP/2 without TLS, as gRPC exporters expect.</summary>
    public static void ListenLocalhostFree(this KestrelServerOptions options) =>
        options.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
}
