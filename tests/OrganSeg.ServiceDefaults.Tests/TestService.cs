using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>What the test decides the service to answer.</summary>
internal delegate Task<Model> GetModelHandler(GetModelRequest request, ServerCallContext context);

/// <summary>A real service with the defaults, on Kestrel and free loopback ports.</summary>
internal sealed class TestService : IAsyncDisposable
{
    public const string StoreIdentity = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly WebApplication _app;

    private TestService(WebApplication app, Uri http, Uri grpc)
    {
        _app = app;
        Http = new HttpClient { BaseAddress = http };
        GrpcAddress = grpc;
        Channel = GrpcChannel.ForAddress(grpc);
        Client = new InferenceService.InferenceServiceClient(Channel);
    }

    public HttpClient Http { get; }

    public Uri GrpcAddress { get; }

    public GrpcChannel Channel { get; }

    public InferenceService.InferenceServiceClient Client { get; }

    public static async Task<TestService> StartAsync(
        GetModelHandler handler,
        CancellationToken cancellationToken,
        Action<WebApplicationBuilder>? configure = null,
        Action<WebApplication>? map = null)
    {
        var builder = WebApplication.CreateSlimBuilder([
            "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:http:Protocols=Http1",
            "--Kestrel:Endpoints:grpc:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:grpc:Protocols=Http2",
            "--OTEL_SERVICE_NAME=probe", "--Logging:LogLevel:Default=None"]);
        builder.AddServiceDefaults();
        builder.Services.AddSingleton(handler);
        configure?.Invoke(builder);
        var app = builder.Build();
        app.MapServiceDefaults(StoreIdentity);
        app.MapGrpcService<Implementation>();
        map?.Invoke(app);
        await app.StartAsync(cancellationToken);

        // Kestrel binds, and reports, its endpoints in the order of their names: grpc, then http.
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        return new TestService(app, new Uri(addresses[1]), new Uri(addresses[0]));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Channel.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private sealed class Implementation(GetModelHandler handler) : InferenceService.InferenceServiceBase
    {
        public override Task<Model> GetModel(GetModelRequest request, ServerCallContext context) => handler(request, context);
    }
}
