using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using OrganSeg.Testing;

namespace OrganSeg.Ingest.Tests;

/// <summary>A running Orthanc with its DICOMweb plug-in, on a free port and with an empty archive of its own.</summary>
internal sealed class OrthancServer : IAsyncDisposable
{
    private const string Program = "Orthanc";
    private const string User = "ingest";
    private const string Password = "only-for-tests";

    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly TemporaryFolder _folder;
    private readonly HttpClient _http;

    private OrthancServer(Process process, TemporaryFolder folder, Uri root)
    {
        (_process, _folder) = (process, folder);
        _http = new HttpClient { BaseAddress = root };
        _http.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", Authorization);
        DicomWeb = new Uri(root, "dicom-web/");
    }

    public static string Authorization { get; } = "Basic " + Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{User}:{Password}"));

    public Uri DicomWeb { get; }

    /// <summary>Starts one; skips the test where it is not installed.</summary>
    public static async Task<OrthancServer> StartAsync(CancellationToken cancellationToken)
    {
        var plugin = Directory.Exists("/usr/lib/orthanc") ? Directory.GetFiles("/usr/lib/orthanc", "libOrthancDicomWeb.so*").FirstOrDefault() : null;
        var program = Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);
        Assert.SkipWhen(plugin is null || program is null, "Orthanc and its DICOMweb plug-in are not installed (packages orthanc and orthanc-dicomweb).");
        var folder = new TemporaryFolder();
        for (var attempt = 1; ; attempt++)
        {
            var port = FreePort();
            var settings = Path.Combine(folder.Path, "orthanc.json");
            await File.WriteAllTextAsync(
                settings,
                JsonSerializer.Serialize(new Dictionary<string, object>
                {
                    ["StorageDirectory"] = folder.Path,
                    ["HttpPort"] = port,
                    ["DicomServerEnabled"] = false,
                    ["RemoteAccessAllowed"] = false,
                    ["AuthenticationEnabled"] = true,
                    ["RegisteredUsers"] = new Dictionary<string, string> { [User] = Password },
                    ["Plugins"] = new[] { plugin! },
                    ["DicomWeb"] = new { Enable = true, Root = "/dicom-web/" },
                }),
                cancellationToken);
            var process = Process.Start(new ProcessStartInfo(program!, [settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, _) => { };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            var server = new OrthancServer(process, folder, new Uri($"http://127.0.0.1:{port}/"));
            if (await server.IsUpAsync(cancellationToken))
            {
                return server;
            }

            // Someone else may have taken the port meanwhile.
            Assert.True(attempt < 3, "Orthanc did not start.");
            await server.EndAsync();
        }
    }

    public async Task AddAsync(byte[] file, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(new Uri("instances", UriKind.Relative), new ByteArrayContent(file), cancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _folder.Dispose();
    }

    private async Task EndAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task<bool> IsUpAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (!_process.HasExited && Stopwatch.GetElapsedTime(started) < LongestStart)
        {
            try
            {
                using var answer = await _http.GetAsync(new Uri("system", UriKind.Relative), cancellationToken);
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                // Not listening yet; the kernel answers at once, so this turns slowly enough with a pause.
                await Task.Delay(50, cancellationToken);
            }
        }

        return false;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
