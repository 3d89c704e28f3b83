using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.V1;

namespace OrganSeg.Trainer.Tests.Support;

/// <summary>The Trainer as <c>Program.cs</c> builds it, on free ports and a folder store, with a real gRPC client.</summary>
internal sealed class TrainerHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;

    private TrainerHost(WebApplication app, GrpcChannel channel)
    {
        _app = app;
        _channel = channel;
        Client = new TrainerService.TrainerServiceClient(channel);
    }

    public TrainerService.TrainerServiceClient Client { get; }

    public RunCatalogue Runs => _app.Services.GetRequiredService<RunCatalogue>();

    public LiveRuns Live => _app.Services.GetRequiredService<LiveRuns>();

    public ModelCatalogue Models => _app.Services.GetRequiredService<ModelCatalogue>();

    public IObjectStore Store => _app.Services.GetRequiredService<IObjectStore>();

    public static async Task<TrainerHost> StartAsync(
        string folder, CancellationToken cancellationToken, Action<IServiceCollection>? change = null, bool works = true, string? queues = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = folder });
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:blobs"] = $"folder={folder}",
            ["Kestrel:Endpoints:grpc:Url"] = "http://127.0.0.1:0",
            ["Kestrel:Endpoints:grpc:Protocols"] = "Http2",
            ["Trainer:HeartbeatSeconds"] = "0.2",
            ["Trainer:StaleAfterSeconds"] = "1",
            ["Trainer:QueueLimit"] = "2",
            ["Trainer:Threads"] = "1",
            ["ConnectionStrings:queues"] = queues,
            ["Trainer:QueueVisibilitySeconds"] = "3",
            ["Trainer:QueuePollSeconds"] = "0.1",
            ["Trainer:QueueSweepSeconds"] = "600",
        });
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.AddServiceDefaults().AddTrainer();
        if (!works)
        {
            builder.Services.Remove(builder.Services.Single(
                service => service.ImplementationType == typeof(RunWorker)));
        }

        change?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapGrpcService<TrainerGrpcService>();
        await app.StartAsync(cancellationToken);
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new TrainerHost(app, GrpcChannel.ForAddress(address));
    }

    public async Task<Run> StartRunAsync(CancellationToken cancellationToken, params (string Key, string Value)[] settings)
    {
        var request = new StartRunRequest { Dataset = "tiny", Architecture = "organsegnet", Model = "tiny-model" };
        (string Key, string Value)[] defaults = [("width", "4"), ("batchSize", "4"), ("epochs", "3"), ("seed", "7")];
        foreach (var (key, value) in defaults.Concat(settings))
        {
            request.Settings[key] = value;
        }

        return await Client.StartRunAsync(request, cancellationToken: cancellationToken);
    }

    /// <summary>All events of a run until its end, or until one satisfies <paramref name="until"/>.</summary>
    public async Task<List<RunEvent>> WatchAsync(
        string runId, CancellationToken cancellationToken, ulong skip = 0, Func<RunEvent, bool>? until = null)
    {
        using var call = Client.WatchRun(new WatchRunRequest { RunId = runId, Skip = skip }, cancellationToken: cancellationToken);
        var events = new List<RunEvent>();
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            events.Add(message);
            if (until?.Invoke(message) == true)
            {
                break;
            }
        }

        return events;
    }

    public Task StopAsync(CancellationToken cancellationToken) => _app.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _app.DisposeAsync();
    }
}
