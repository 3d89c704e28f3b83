using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;

namespace OrganSeg.AppHost.Tests;

/// <summary>A host of test services as a process of its own, with a folder of its own.</summary>
internal sealed class TestHost : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly HttpClient Client = new();

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly TaskCompletionSource _announced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _reading;

    private TestHost(Process process, string folder)
    {
        _process = process;
        Folder = folder;
        _reading = Task.WhenAll(
            ReadAsync(process.StandardOutput, _output, () => _announced.TrySetResult()),
            ReadAsync(process.StandardError, _errors, () => { }));
    }

    public string Folder { get; }

    public string TraceFile => Path.Combine(Folder, "trace");

    public IReadOnlyCollection<string> Output => _output;

    public string Errors => string.Join('\n', _errors);

    public Process Process => _process;

    public static string BinFolder { get; } = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", ".."));

    public static string Assembly(string project) =>
        Path.Combine(BinFolder, project, Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), project + ".dll");

    /// <param name="arguments">Arguments of the host, and <c>Behaviour=service</c> for <c>TestServer</c>.</param>
    public static TestHost Start(params IEnumerable<string> arguments)
    {
        var folder = Directory.CreateTempSubdirectory("organseg-apphost-").FullName;
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.ArgumentList.Add(Assembly("OrganSeg.AppHost.TestService"));
        var behaviours = arguments.Where(argument => argument.Contains('=') && !argument.StartsWith('-')).ToList();
        foreach (var pair in behaviours.Select(behaviour => behaviour.Split('=')))
        {
            start.Environment[pair[0]] = pair[1];
        }

        string[] all =
        [
            "host", "--json", .. arguments.Except(behaviours), $"--ConnectionStrings:blobs=folder={Path.Combine(folder, "data")}",
            $"--Offline:StateFolder={folder}", "--Offline:BackOffSeconds=0.01",
        ];
        Array.ForEach(all, start.ArgumentList.Add);
        start.Environment["ORGANSEG_STOP_WITH_STDIN"] = "1";
        start.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = string.Empty;
        start.Environment["TraceFile"] = Path.Combine(folder, "trace");
        return new TestHost(Process.Start(start)!, folder);
    }

    /// <summary>The endpoints, once everything is healthy: service, endpoint, URL.</summary>
    public async Task<Dictionary<string, Dictionary<string, string>>> EndpointsAsync(CancellationToken cancellationToken)
    {
        var first = await Task.WhenAny(_announced.Task, _reading).WaitAsync(Patience, cancellationToken);
        Assert.True(first == _announced.Task, $"The host has ended:\n{Errors}");
        return JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(_output.First())!;
    }

    public async Task<int[]> ProcessIdsAsync(CancellationToken cancellationToken)
    {
        var endpoints = await EndpointsAsync(cancellationToken);
        return await Task.WhenAll(endpoints.Values.Select(urls => ProcessIdAsync(urls["http"], cancellationToken)));
    }

    public static async Task<int> ProcessIdAsync(string url, CancellationToken cancellationToken) =>
        int.Parse(await Client.GetStringAsync(url + "/pid", cancellationToken));

    public static Task<string> GetAsync(string url, CancellationToken cancellationToken) =>
        Client.GetStringAsync(url, cancellationToken);

    /// <summary>Closes the standard input, which asks the host to stop.</summary>
    public void CloseInput() => _process.StandardInput.Close();

    public async Task<int> ExitCodeAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Patience, cancellationToken);
        await _reading.WaitAsync(Patience, cancellationToken);
        return _process.ExitCode;
    }

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

    public static bool Runs(int processId)
    {
        try
        {
            using var process = Process.GetProcessById(processId);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            CloseInput();
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(Patience);
        }

        _process.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    private static async Task ReadAsync(StreamReader reader, ConcurrentQueue<string> lines, Action seen)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            lines.Enqueue(line);
            seen();
        }
    }
}
