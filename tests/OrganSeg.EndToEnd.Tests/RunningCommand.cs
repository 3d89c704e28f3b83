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

    public RunningCommand(ProcessStartInfo start)
    {
        _process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        _process.OutputDataReceived += (_, line) => Keep(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(_error, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Waits until either stream has had a line that holds the text.</summary>
    public async Task WaitForLineAsync(string text, CancellationToken cancellationToken)
    {
        while (!(await _lines.Reader.ReadAsync(cancellationToken)).Contains(text, StringComparison.Ordinal))
        {
            // Not yet.
        }
    }

    public async Task<CommandResult> WaitAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return new CommandResult(_process.ExitCode, _output.ToString(), _error.ToString());
    }

    public void Kill() => _process.Kill();

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
    }
}
