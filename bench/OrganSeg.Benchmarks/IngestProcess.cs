using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using OrganSeg.V1;

namespace OrganSeg.Benchmarks;

/// <summary>The Ingest service as a process of its own, seen from outside.</summary>
internal sealed class IngestProcess : IAsyncDisposable
{
    private readonly Process _process;

    private IngestProcess(Process process, GrpcChannel channel) => (_process, Channel) = (process, channel);

    public GrpcChannel Channel { get; }

    /// <summary>Starts it on a folder store and waits until it answers.</summary>
    public static async Task<IngestProcess> StartAsync(string store)
    {
        Directory.CreateDirectory(store);
        var address = $"http://127.0.0.1:{FreePort()}";
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Ingest.dll")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = store,
        };
        start.Environment["ConnectionStrings__blobs"] = $"folder={store}";
        start.Environment["Kestrel__Endpoints__grpc__Url"] = address;
        start.Environment["Kestrel__Endpoints__grpc__Protocols"] = "Http2";
        // As the AppHost sets it.
        start.Environment["DOTNET_GCgen0size"] = "1000000";
        start.Environment["Logging__LogLevel__Default"] = "Error";
        start.Environment["Ingest__SpoolPath"] = store + "-spool";
        var process = Process.Start(start) ?? throw new InvalidOperationException("The service cannot be started.");
        process.OutputDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => Console.Error.WriteLine(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        var service = new IngestProcess(process, GrpcChannel.ForAddress(address));
        try
        {
            await new IngestService.IngestServiceClient(service.Channel).ListDatasetsAsync(
                new ListDatasetsRequest(), new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(60)).WithWaitForReady());
            return service;
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time so far, of all cores.</summary>
    public TimeSpan ProcessorTime()
    {
        _process.Refresh();
        return _process.TotalProcessorTime;
    }

    /// <summary>The most physical memory so far, bytes; Linux.</summary>
    public long PeakMemory() => 1024 * long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        Channel.Dispose();
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
