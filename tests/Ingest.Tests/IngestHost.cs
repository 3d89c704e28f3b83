using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>The real service on Kestrel and free loopback ports, with a store and a spool folder of its own.</summary>
internal sealed class IngestHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly GrpcChannel _channel;
    private readonly string _folder;
    private bool _stopped;

    private IngestHost(WebApplication app, string folder)
    {
        _app = app;
        _folder = folder;

        // Kestrel binds, and reports, its endpoints in the order of their names: grpc, then http.
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.ToArray();
        _channel = GrpcChannel.ForAddress(addresses[0]);
        HttpAddress = new Uri(addresses[1]);
        Client = new IngestService.IngestServiceClient(_channel);
        Uploads = new UploadService.UploadServiceClient(_channel);
    }

    public IngestService.IngestServiceClient Client { get; }

    public UploadService.UploadServiceClient Uploads { get; }

    public Uri HttpAddress { get; }

    public DatasetCatalogue Catalogue => _app.Services.GetRequiredService<DatasetCatalogue>();

    public string StorePath => Path.Combine(_folder, "store");

    /// <summary>The secret of the pseudonyms, once one was drawn.</summary>
    public string PseudonymKeyPath => Path.Combine(_folder, "pseudonyms.key");

    public static string SpoolPathOf(string folder) => Path.Combine(folder, "spool");

    public string[] SpoolFiles => Directory.GetFiles(SpoolPathOf(_folder));

    /// <summary>Files of uploads that wait, but for the lock.</summary>
    public string[] UploadedFiles =>
        [.. Directory.GetFiles(UploadPathOf(_folder), "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "lock")];

    /// <summary>The clock of the service.</summary>
    public MovableClock Clock => (MovableClock)_app.Services.GetRequiredService<TimeProvider>();

    public static string UploadPathOf(string folder) => Path.Combine(folder, "uploads");

    /// <param name="cancellationToken">Ends the start.</param>
    /// <param name="folder">Of an earlier host; null for a new one.</param>
    /// <param name="blobs">Connection string of the store; null for a folder.</param>
    /// <param name="logs">Hears everything that is logged; null for nobody.</param>
    /// <param name="settings">Such as <c>--Ingest:MaxFiles=3</c>.</param>
    public static async Task<IngestHost> StartAsync(
        CancellationToken cancellationToken, string? folder = null, string? blobs = null, ILoggerProvider? logs = null, params string[] settings)
    {
        folder ??= Directory.CreateTempSubdirectory("organseg-ingest-test-").FullName;
        var builder = WebApplication.CreateSlimBuilder([
            "--Kestrel:Endpoints:http:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:http:Protocols=Http1",
            "--Kestrel:Endpoints:grpc:Url=http://127.0.0.1:0", "--Kestrel:Endpoints:grpc:Protocols=Http2",
            "--OTEL_SERVICE_NAME=ingest", $"--Logging:LogLevel:Default={(logs is null ? "None" : "Trace")}",
            $"--ConnectionStrings:blobs={blobs ?? $"folder={Path.Combine(folder, "store")}"}",
            $"--Ingest:SpoolPath={SpoolPathOf(folder)}",
            $"--Ingest:PseudonymKeyPath={Path.Combine(folder, "pseudonyms.key")}",
            $"--Ingest:UploadPath={UploadPathOf(folder)}",
            "--Ingest:ProgressIntervalMilliseconds=10",
            .. settings]);
        builder.Services.AddSingleton<TimeProvider>(new MovableClock());
        builder.AddServiceDefaults();
        builder.AddObjectStore();
        builder.AddIngest();
        if (logs is not null)
        {
            builder.Logging.AddProvider(logs);
        }

        var app = builder.Build();
        app.MapIngest();
        await app.StartAsync(cancellationToken);
        return new IngestHost(app, folder);
    }

    /// <summary>Ends the service: calls under way have ended when this returns.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        await _app.StopAsync(cancellationToken);
    }

    public async Task<bool> HasDatasetsAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in Catalogue.ListAsync(cancellationToken))
        {
            return true;
        }

        return false;
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        if (!_stopped)
        {
            await _app.StopAsync();
        }

        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
