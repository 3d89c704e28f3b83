using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>The real service as a process of its own, which can be killed.</summary>
internal sealed class IngestProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Process _process;
    private readonly GrpcChannel _channel;

    private IngestProcess(Process process, string address)
    {
        _process = process;
        _channel = GrpcChannel.ForAddress(address);
        Client = new IngestService.IngestServiceClient(_channel);
        Uploads = new UploadService.UploadServiceClient(_channel);
    }

    public IngestService.IngestServiceClient Client { get; }

    public UploadService.UploadServiceClient Uploads { get; }

    /// <summary>The most physical memory that it has had so far, in bytes.</summary>
    public long PeakBytes
    {
        get
        {
            _process.Refresh();
            return _process.PeakWorkingSet64;
        }
    }

    /// <summary>Starts it on folders that an earlier one may have used, and waits until it answers.</summary>
    public static async Task<IngestProcess> StartAsync(string folder, CancellationToken cancellationToken)
    {
        var address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ingest.dll")])
        {
            RedirectStandardInput = true,
            WorkingDirectory = folder,
        };
        (string Key, string Value)[] environment =
        [
            // The process ends with this one.
            ("ORGANSEG_STOP_WITH_STDIN", "1"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            ("ConnectionStrings__blobs", $"folder={StoreOf(folder)}"),
            ("Kestrel__Endpoints__http__Url", "http://127.0.0.1:0"),
            ("Kestrel__Endpoints__grpc__Url", address),
            ("Kestrel__Endpoints__grpc__Protocols", "Http2"),
            ("Ingest__SpoolPath", IngestHost.SpoolPathOf(folder)),
            ("Ingest__UploadPath", IngestHost.UploadPathOf(folder)),
            ("Ingest__ProgressIntervalMilliseconds", "10"),
            ("Logging__LogLevel__Default", "Error"),
            // 16 MiB, in hexadecimal. By itself the collector waits for as much garbage as the processor has cache, on some 260 MiB,
            // and what a service keeps cannot be told from what it has left lying.
            ("DOTNET_GCgen0size", "1000000"),
        ];
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        var service = new IngestProcess(Process.Start(start)!, address);
        try
        {
            await service.Client.ListDatasetsAsync(
                new ListDatasetsRequest(),
                new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime + Patience, cancellationToken: cancellationToken).WithWaitForReady());
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Imports a complete upload; gives the dataset.</summary>
    public async Task<Dataset> ImportAsync(UploadState state, string dataset, uint size, CancellationToken cancellationToken)
    {
        using var call = Client.Import(cancellationToken: cancellationToken);
        foreach (var request in UploadClient.ImportOf(state, dataset, size))
        {
            await call.RequestStream.WriteAsync(request, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        var last = await call.ResponseStream.ReadAllAsync(cancellationToken).LastAsync(cancellationToken);
        return last.Dataset;
    }

    public static string StoreOf(string folder) => Path.Combine(folder, "store");

    /// <summary>As <c>kill -9</c> does: it gets no chance to tidy up.</summary>
    public async Task KillAsync(CancellationToken cancellationToken)
    {
        _process.Kill();
        await _process.WaitForExitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
