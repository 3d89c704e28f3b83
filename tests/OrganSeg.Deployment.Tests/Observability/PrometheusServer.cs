using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>The real Prometheus on a free loopback port, with a folder of its own.</summary>
internal sealed partial class PrometheusServer : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly HttpClient _http = new();

    private PrometheusServer(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <param name="configuration">File; others that it names lie beside it.</param>
    /// <param name="data">Folder for what is scraped.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PrometheusServer> StartAsync(string configuration, string data, CancellationToken cancellationToken)
    {
        var server = new PrometheusServer(Process.Start(new ProcessStartInfo(
            PrometheusTools.Server!,
            [
                $"--config.file={configuration}", $"--storage.tsdb.path={data}", "--web.listen-address=127.0.0.1:0",
                "--enable-feature=exemplar-storage",
            ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!);
        var ended = server._process.WaitForExitAsync(cancellationToken);
        await Task.WhenAny(server._address.Task, ended).WaitAsync(Patience, cancellationToken);
        if (!server._address.Task.IsCompleted)
        {
            throw new InvalidOperationException($"Prometheus has ended:\n{server._output}");
        }

        server._http.BaseAddress = await server._address.Task;
        await UntilAsync(
            async () =>
            {
                using var answer = await server._http.GetAsync(new Uri("/-/ready", UriKind.Relative), cancellationToken);
                return answer.IsSuccessStatusCode;
            },
            cancellationToken);
        return server;
    }

    /// <summary>What the API answers below <c>/api/v1/</c>, the whole of it: status, data or error.</summary>
    public async Task<JsonElement> AskAsync(string path, CancellationToken cancellationToken, params (string Key, string Value)[] parameters)
    {
        var query = string.Join('&', parameters.Select(pair => $"{pair.Key}={Uri.EscapeDataString(pair.Value)}"));
        using var answer = await _http.GetAsync(new Uri($"/api/v1/{path}?{query}", UriKind.Relative), cancellationToken);
        using var document = JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>The series that an expression gives now.</summary>
    public async Task<JsonElement[]> QueryAsync(string expression, CancellationToken cancellationToken)
    {
        var answer = await AskAsync("query", cancellationToken, ("query", expression));
        Assert.True(answer.GetProperty("status").GetString() == "success", $"{expression}\n{answer}");
        return [.. answer.GetProperty("data").GetProperty("result").EnumerateArray()];
    }

    /// <summary>Names of all metrics, or of all labels, that have arrived.</summary>
    public async Task<HashSet<string>> NamesAsync(string path, CancellationToken cancellationToken) =>
        [.. (await AskAsync(path, cancellationToken)).GetProperty("data").EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>Waits until the condition holds.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        while (!await condition())
        {
            await Task.Delay(Pause, limit.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private void Read(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }

        if (Listening().Match(line ?? "") is { Success: true } match)
        {
            _address.TrySetResult(new Uri("http://" + match.Groups[1].Value));
        }
    }

    [GeneratedRegex(@"msg=""Listening on"" address=(127\.0\.0\.1:[0-9]+)", RegexOptions.CultureInvariant)]
    private static partial Regex Listening();
}
