using System.ComponentModel;
using System.Diagnostics;

namespace OrganSeg.AppHost.Offline;

/// <summary>
/// One run of a service. Its standard input is a pipe from this process: closing it asks the service to stop, and so
/// does the death of this process, however it comes.
/// </summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private static readonly TimeSpan OutputPatience = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly Task _output;

    private ServiceProcess(Process process, Action<string> log)
    {
        _process = process;
        _output = Task.WhenAll(PumpAsync(process.StandardOutput, log), PumpAsync(process.StandardError, log));
        Exited = WaitAsync();
    }

    public int Id => _process.Id;

    /// <summary>Completes with the exit code after the last line of output.</summary>
    public Task<int> Exited { get; }

    /// <exception cref="HostException">The program cannot be started.</exception>
    public static ServiceProcess Start(
        ServiceProject service, IReadOnlyDictionary<string, string> environment, Action<string> log)
    {
        var start = new ProcessStartInfo(DotnetPath(), [service.Assembly])
        {
            UseShellExecute = false,
            // Services read their appsettings.json from here.
            WorkingDirectory = Path.GetDirectoryName(service.Assembly),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in ServiceEnvironment.Removed)
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        try
        {
            var process = Process.Start(start)
                ?? throw new HostException($"{service.Name} cannot start: {start.FileName} was not started.");
            return new ServiceProcess(process, log);
        }
        catch (Win32Exception error)
        {
            throw new HostException($"{service.Name} cannot start: {start.FileName}: {error.Message}.", error);
        }
    }

    /// <summary>Asks the service to stop, and ends it when it takes longer than that.</summary>
    public async Task StopAsync(TimeSpan patience, TimeProvider time, CancellationToken hurry)
    {
        try
        {
            _process.StandardInput.Close();
            await Exited.WaitAsync(patience, time, hurry);
        }
        catch (Exception error) when (error is TimeoutException or OperationCanceledException or IOException)
        {
            Kill();
            await Exited;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Kill();
        await Exited;
        _process.Dispose();
    }

    private static string DotnetPath()
    {
        // The same runtime that runs this process, unless this is a test or a native launcher.
        var own = Environment.ProcessPath;
        return string.Equals(Path.GetFileNameWithoutExtension(own), "dotnet", StringComparison.OrdinalIgnoreCase)
            ? own!
            : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host ? host : "dotnet";
    }

    private static async Task PumpAsync(StreamReader reader, Action<string> log)
    {
        while (await reader.ReadLineAsync() is { } line)
        {
            log(line);
        }
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        try
        {
            // A grandchild may keep the pipe open; its lines are not worth waiting for.
            await _output.WaitAsync(OutputPatience);
        }
        catch (TimeoutException)
        {
        }

        return _process.ExitCode;
    }

    private void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }
}
