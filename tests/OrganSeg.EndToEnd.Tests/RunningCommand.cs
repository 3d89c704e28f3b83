using System.Diagnostics;
using System.Text;
using System.Threading.Channels;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>A command that runs, with what it has said so far. Disposing of it ends it and all it started.</summary>
internal sealed class RunningCommand : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private int _openStreams = 2;

    public RunningCommand(ProcessStartInfo start)
    {
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until either stream has had a line that holds the text; the command must not end before.</summary>
    public async Task WaitForLineAsync(string text, CancellationToken cancellationToken)
    {
        await foreach (var line in _lines.Reader.ReadAllAsync(cancellationToken))
        {
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The command ended without a line that holds '{text}':\n{_output}\n{_error}");
    }

    public async Task<CommandResult> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return new CommandResult(_process.ExitCode, _output.ToString(), _error.ToString());
    }

    public void Kill() => _process.Kill();

    /// <summary>Asks the command to stop, as a service manager does, and waits until it has.</summary>
    public async Task<CommandResult> TerminateAsync(CancellationToken cancellationToken)
    {
        // The shell's own: a small system has no program of that name.
        using (var kill = Process.Start("sh", ["-c", $"kill -TERM {_process.Id}"]))
        {
            await kill.WaitForExitAsync(cancellationToken);
        }

        return await WaitAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        _process.Dispose();
    }

    private void Keep(StringBuilder all, string? line)
    {
        if (line is not null)
        {
            all.AppendLine(line);
            _lines.Writer.TryWrite(line);
        }
        else if (Interlocked.Decrement(ref _openStreams) == 0)
        {
            _lines.Writer.Complete();
        }
    }
}
