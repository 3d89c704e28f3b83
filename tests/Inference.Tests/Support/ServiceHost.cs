using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Inference.Tests.Support;

/// <summary>A service as its Program.cs builds it, in this process, on a loopback port, with a folder as its store.</summary>
internal sealed class ServiceHost : IAsyncDisposable
{
    private ServiceHost(WebApplication app)
    {
        App = app;
        Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Channel = GrpcChannel.ForAddress(Address);
    }

    public WebApplication App { get; }

    public string Address { get; }

    public GrpcChannel Channel { get; }

    public static async Task<ServiceHost> StartAsync(
        string folder,
        Action<IHostApplicationBuilder> add,
        Action<WebApplication> map,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string?>? settings = null,
        string url = "http://127.0.0.1:0")
    {
        // The store's folder has no appsettings.json, so nothing but what is said here counts.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = folder });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:blobs"] = $"folder={folder}",
            ["Kestrel:Endpoints:grpc:Url"] = url,
            ["Kestrel:Endpoints:grpc:Protocols"] = "Http2",
            ["Inference:ShippedModels"] = "",
        });
        builder.Configuration.AddInMemoryCollection(settings ?? new Dictionary<string, string?>());
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        builder.AddObjectStore();
        add(builder);
        var app = builder.Build();
        app.MapServiceDefaults(app.Services.GetRequiredService<IObjectStore>().Identity);
        map(app);
        await app.StartAsync(cancellationToken);
        return new ServiceHost(app);
    }

    public static Task<ServiceHost> StartInferenceAsync(
        string folder,
        CancellationToken cancellationToken,
        IReadOnlyDictionary<string, string?>? settings = null,
        string url = "http://127.0.0.1:0") =>
        StartAsync(
            folder, builder => builder.AddInference(), app => app.MapInference(), cancellationToken, settings, url);

    public T Get<T>()
        where T : notnull => App.Services.GetRequiredService<T>();

    /// <summary>Drops every connection at once, with the calls in flight, as a crash would.</summary>
    public async Task AbortAsync()
    {
        Channel.Dispose();
        try
        {
            await App.StopAsync(new CancellationToken(canceled: true));
        }
        catch (OperationCanceledException)
        {
            // That is what it means not to wait.
        }

        await App.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
        await App.StopAsync(CancellationToken.None);
        await App.DisposeAsync();
    }
}
