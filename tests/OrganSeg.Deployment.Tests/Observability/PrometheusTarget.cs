using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>A real service as a process of its own, on free loopback ports, which shows every instrument it has.</summary>
internal sealed partial class PrometheusTarget : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly List<string> _addresses = [];
    private readonly TaskCompletionSource<Uri> _http = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private PrometheusTarget(string service, Process process)
    {
        Service = service;
        _process = process;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Service { get; }

    /// <param name="project">Such as <c>Inference</c>.</param>
    /// <param name="store">Folder of the store.</param>
    public static PrometheusTarget Start(string project, string store)
    {
        var output = Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory);
        var folder = Path.GetFullPath(Path.Combine(output, "..", "..", project, Path.GetFileName(output)));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(folder, project + ".dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (string Key, string Value)[] environment =
        [
            ("DOTNET_STARTUP_HOOKS", typeof(PrometheusTarget).Assembly.Location),
            // The process ends with this one.
            ("ORGANSEG_STOP_WITH_STDIN", "1"),
            ("OTEL_SERVICE_NAME", project.ToLowerInvariant()),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
            ("ConnectionStrings__blobs", $"folder={store}"),
            ("Kestrel__Endpoints__http__Url", "http://127.0.0.1:0"),
            ("Kestrel__Endpoints__grpc__Url", "http://127.0.0.1:0"),
            ($"{project}__SpoolPath", Path.Combine(store, "..", "spool")),
        ];
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        return new PrometheusTarget(project.ToLowerInvariant(), Process.Start(start)!);
    }

    /// <summary>Address of the http endpoint, once the service serves.</summary>
    public async Task<Uri> HttpAsync(CancellationToken cancellationToken)
    {
        var ended = _process.WaitForExitAsync(cancellationToken);
        await Task.WhenAny(_http.Task, ended).WaitAsync(Patience, cancellationToken);
        Assert.True(_http.Task.IsCompleted, $"{Service} has ended:\n{Output()}");
        return await _http.Task;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience);
        _process.Dispose();
    }

    private void Read(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
            if (Listening().Match(line ?? "") is { Success: true } match)
            {
                _addresses.Add(match.Groups[1].Value);
                if (_addresses.Count == 2)
                {
                    // Kestrel binds, and reports, its endpoints in the order of their names: grpc, then http.
                    _http.TrySetResult(new Uri(_addresses[1]));
                }
            }
        }
    }

    private string Output()
    {
        lock (_output)
        {
            return _output.ToString();
        }
    }

    [GeneratedRegex(@"Now listening on: (http://127\.0\.0\.1:[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Listening();
}
