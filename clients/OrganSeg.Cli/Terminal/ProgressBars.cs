using Spectre.Console;

namespace OrganSeg.Cli.Terminal;

/// <summary>Progress as bars on a terminal.</summary>
internal sealed class ProgressBars : IProgressBoard
{
    private readonly IAnsiConsole _console;
    private readonly ProgressContext _context;
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private readonly Lock _gate = new();

    private ProgressBars(IAnsiConsole console, ProgressContext context)
    {
        _console = console;
        _context = context;
    }

    public static async Task<T> RunAsync<T>(IAnsiConsole console, Func<IProgressBoard, Task<T>> work) =>
        await console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new SpinnerColumn())
            .StartAsync(context => work(new ProgressBars(console, context)));

    public void Report(string title, long done, long total, string detail = "")
    {
        lock (_gate)
        {
            if (!_tasks.TryGetValue(title, out var task))
            {
                _tasks[title] = task = _context.AddTask(Markup.Escape(title));
            }

            task.Description = Markup.Escape($"{title} {(total > 0 ? $"{done}/{total}" : $"{done}")} {detail}".TrimEnd());
            task.IsIndeterminate = total <= 0;
            task.MaxValue = Math.Max(1, total);
            task.Value = total > 0 ? done : 0;
        }
    }

    public void Note(string text) => _console.WriteLine(text);
}
