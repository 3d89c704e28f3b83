using System.Diagnostics;
using System.Globalization;

namespace OrganSeg.Trainer.Tests.Support;

/// <summary>The Trainer as a process of its own, to be killed.</summary>
internal sealed class TrainerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task<string> _errors;
    private readonly Task<string> _output;

    private TrainerProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        _errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
    }

    /// <summary>How an owner of a run is recognised as this process.</summary>
    public string OwnerPart => $"-{_process.Id}-";

    public bool HasExited => _process.HasExited;

    public static TrainerProcess Start(string[] arguments, params (string Key, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Trainer.dll"), .. arguments])
        {
            WorkingDirectory = AppContext.BaseDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        (string, string)[] settings =
            [("Trainer__Threads", "1"), ("Trainer__HeartbeatSeconds", "0.1"), ("Trainer__StaleAfterSeconds", "0.5"), .. environment];
        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        return new TrainerProcess(Process.Start(start)!);
    }

    /// <summary>How often a test kills: what the environment says, or few times.</summary>
    public static int Count(string variable, int few) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : few;

    /// <summary>Waits for the end; null when it has not come by then.</summary>
    public async Task<int?> WaitAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await _process.WaitForExitAsync(cancellationToken).WaitAsync(limit, cancellationToken);
            return _process.ExitCode;
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>What it printed, once it has ended.</summary>
    public async Task<string> TextAsync() => await _output + await _errors;

    /// <summary>SIGKILL, or what the system has for it.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
