using System.Diagnostics;
using System.Text.Json;

namespace OrganSeg.Cli.Services;

/// <summary>
/// An AppHost that runs as a child of this process. We hold the other end of its standard input: it stops when we let
/// go, however we end, so nothing is ever left running.
/// </summary>
internal sealed class AppHostProcess : IAsyncDisposable
{
    private const string StopWithInput = "ORGANSEG_STOP_WITH_STDIN";
    private const int LinesKept = 60;

    private static readonly TimeSpan StartPatience = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(75);

    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();
    private readonly Action<string>? _say;
    private volatile bool _announced;
    private bool _stopping;

    private AppHostProcess(Process process, Action<string>? say)
    {
        _process = process;
        _say = say;
    }

    /// <summary>Starts the services on free ports, with their logs in files.</summary>
    /// <param name="installation">Holds the AppHost.</param>
    /// <param name="store">The store to serve.</param>
    /// <param name="say">Takes what the AppHost tells once it runs, such as that a service was restarted.</param>
    /// <param name="cancellationToken">Gives up, and stops what was started.</param>
    /// <exception cref="OrganSegException">The services cannot start; the message holds what the AppHost said.</exception>
    public static async Task<(AppHostProcess Process, ServiceAddresses Addresses)> StartAsync(
        Installation installation, Store store, Action<string> say, CancellationToken cancellationToken)
    {
        var start = StartInfo(installation, store, ["--json", "--ports", "free", "--quiet"]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        var host = new AppHostProcess(StartProcess(start), say);
        try
        {
            host._process.ErrorDataReceived += host.Hear;
            host._process.BeginErrorReadLine();
            return (host, await host.ReadAddressesAsync(cancellationToken));
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs <c>up</c> in the foreground until it ends or the token asks it to.</summary>
    /// <returns>The AppHost's exit code.</returns>
    public static async Task<int> RunInForegroundAsync(
        Installation installation, Store store, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        await using var host = new AppHostProcess(StartProcess(StartInfo(installation, store, arguments)), say: null);
        try
        {
            await host._process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await host.StopAsync();
        }

        return host._process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _process.Dispose();
    }

    private static ProcessStartInfo StartInfo(Installation installation, Store store, IEnumerable<string> arguments)
    {
        if (!File.Exists(installation.AppHost))
        {
            throw new OrganSegException(
                ErrorKind.NotReady,
                $"the services are not built ({installation.AppHost} is missing): run ./organseg, or "
                + "dotnet build OrganSeg.AppHost -p:UseAspire=false in the same configuration");
        }

        var start = new ProcessStartInfo(DotNet.Host, [installation.AppHost, .. arguments])
        {
            RedirectStandardInput = true,
            UseShellExecute = false,
            WorkingDirectory = installation.Root,
        };
        start.Environment[StopWithInput] = "1";
        start.Environment[Store.Variable] = store.ConnectionString;
        // Names this process, where it is set; the AppHost names its services itself.
        start.Environment.Remove("OTEL_SERVICE_NAME");
        return start;
    }

    private static Process StartProcess(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start) ?? throw new OrganSegException(ErrorKind.Dependency, "the services did not start");
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new OrganSegException(ErrorKind.Dependency, $"cannot run {start.FileName}: {error.Message}", error);
        }
    }

    private async Task<ServiceAddresses> ReadAddressesAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(StartPatience);
        try
        {
            var line = await _process.StandardOutput.ReadLineAsync(patience.Token)
                ?? throw new OrganSegException(ErrorKind.Dependency, Explain("the services did not start"));
            using var document = JsonDocument.Parse(line);
            var addresses = ServiceAddresses.Parse(document.RootElement);
            _announced = true;
            return addresses;
        }
        catch (JsonException error)
        {
            throw new OrganSegException(ErrorKind.Dependency, Explain($"the AppHost did not name its endpoints: {error.Message}"), error);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new OrganSegException(
                ErrorKind.Dependency, Explain($"the services were not ready after {StartPatience.TotalSeconds:0} s"));
        }
    }

    private void Hear(object sender, DataReceivedEventArgs heard)
    {
        if (heard.Data is not { Length: > 0 } line)
        {
            return;
        }

        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > LinesKept)
            {
                _lastLines.Dequeue();
            }
        }

        if (_announced && !_stopping)
        {
            _say?.Invoke(line);
        }
    }

    private string Explain(string what)
    {
        lock (_lastLines)
        {
            return string.Join(Environment.NewLine, [what, .. _lastLines.Select(line => $"    {line}")]);
        }
    }

    private async Task StopAsync()
    {
        _stopping = true;
        if (_process.HasExited)
        {
            return;
        }

        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It went away meanwhile, which is what we want.
        }

        using var patience = new CancellationTokenSource(StopPatience);
        try
        {
            await _process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync(CancellationToken.None);
        }
    }
}
