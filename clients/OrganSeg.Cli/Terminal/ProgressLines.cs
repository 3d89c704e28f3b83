using Spectre.Console;

namespace OrganSeg.Cli.Terminal;

/// <summary>Progress as lines for logs: one at most every few seconds for each piece, and one at its end.</summary>
internal sealed class ProgressLines(IAnsiConsole console, TimeProvider time) : IProgressBoard
{
    /// <summary>Shortest time between two lines of one piece.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, (long Stamp, bool Ended)> _last = [];
    private readonly Lock _gate = new();

    public void Report(string title, long done, long total, string detail = "")
    {
        var ended = total > 0 && done >= total;
        lock (_gate)
        {
            if (_last.TryGetValue(title, out var last)
                && (ended ? last.Ended : time.GetElapsedTime(last.Stamp) < Interval))
            {
                return;
            }

            _last[title] = (time.GetTimestamp(), ended);
            var amount = total > 0 ? $"{done}/{total}" : $"{done}";
            console.WriteLine($"{title}: {amount} {detail}".TrimEnd());
        }
    }

    public void Note(string text) => console.WriteLine(text);
}
