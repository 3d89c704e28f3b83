namespace OrganSeg.AppHost.Offline;

/// <summary>The log of one service: a file, the console, and the last lines for an error message.</summary>
internal sealed class ServiceLog : IDisposable
{
    private const int LastLines = 20;
    private const string PortTaken = "address already in use";

    private readonly Lock _lock = new();
    private readonly Queue<string> _last = new();
    private readonly StreamWriter _file;
    private readonly Action<string> _show;
    private bool _closed;
    private bool _saidTaken;

    /// <param name="path">File to write; its folder exists.</param>
    /// <param name="show">Shows a line on the console.</param>
    public ServiceLog(string path, Action<string> show)
    {
        Path = path;
        _show = show;
        // Others may read the file while it grows.
        _file = new StreamWriter(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            AutoFlush = true,
        };
    }

    public string Path { get; }

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return;
            }

            _file.WriteLine(line);
            _last.Enqueue(line);
            if (_last.Count > LastLines)
            {
                _last.Dequeue();
            }

            // A stack trace, longer than the lines kept, follows it.
            _saidTaken |= line.Contains(PortTaken, StringComparison.OrdinalIgnoreCase);
        }

        _show(line);
    }

    /// <summary>Takes the last lines and whether any line since the last call said that a port is taken, so that the next
    /// run of the service starts with none.</summary>
    public (IReadOnlyList<string> Lines, bool PortWasTaken) TakeLastLines()
    {
        lock (_lock)
        {
            string[] lines = [.. _last];
            var taken = _saidTaken;
            _last.Clear();
            _saidTaken = false;
            return (lines, taken);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _closed = true;
            _file.Dispose();
        }
    }
}
