using System.Text.Encodings.Web;
using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrganSeg.Cli.Terminal;

/// <summary>
/// Where a command answers: results on standard output, notes, progress and errors on standard error. With
/// <c>--json</c> standard output holds one document and nothing else.
/// </summary>
internal sealed class Output
{
    private const int WidthWithoutTerminal = 200;

    private static readonly JsonSerializerOptions JsonFormat = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        // Names of people's files are shown as they are; the document is not embedded in HTML.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly TextWriter _output;
    private readonly IAnsiConsole _results;
    private readonly IAnsiConsole _messages;
    private readonly TimeProvider _time;

    public Output(TextWriter output, TextWriter error, bool json, TimeProvider time)
    {
        _output = output;
        _time = time;
        IsJson = json;
        _messages = ConsoleOn(error);
        _results = json ? _messages : ConsoleOn(output);
    }

    /// <summary>Whether <c>--json</c> was given.</summary>
    public bool IsJson { get; }

    /// <summary>A line of the result.</summary>
    public void Line(string text) => _results.WriteLine(text);

    /// <summary>A text that is the result, such as a document: as it is, whatever the width of the terminal.</summary>
    public void Text(string text)
    {
        if (!IsJson)
        {
            _output.Write(text);
            _output.Flush();
        }
    }

    /// <summary>A table of the result.</summary>
    public void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        var table = new Table { Border = TableBorder.Simple };
        foreach (var header in headers)
        {
            var column = new TableColumn(new Text(header));
            table.AddColumn(header.StartsWith(' ') ? column.RightAligned() : column);
        }

        foreach (var row in rows)
        {
            table.AddRow(row.Select(cell => new Text(cell)));
        }

        _results.Write(table);
    }

    /// <summary>What the reader should know while it runs.</summary>
    public void Note(string text) => _messages.WriteLine(text);

    /// <summary>Something is doubtful; the command goes on.</summary>
    public void Warning(string text) => _messages.WriteLine($"warning: {text}", new Style(Color.Yellow));

    /// <summary>Why the command fails.</summary>
    public void Error(string text) => _messages.WriteLine($"error: {text}", new Style(Color.Red));

    /// <summary>The one document of <c>--json</c>; nothing without.</summary>
    public void Json<T>(T document)
    {
        if (IsJson)
        {
            _output.WriteLine(JsonSerializer.Serialize(document, JsonFormat));
            _output.Flush();
        }
    }

    /// <summary>Runs work that reports progress: bars on a terminal, lines from time to time elsewhere.</summary>
    public Task<T> WithProgressAsync<T>(Func<IProgressBoard, Task<T>> work) =>
        _messages.Profile.Capabilities.Interactive && _messages.Profile.Out.IsTerminal
            ? ProgressBars.RunAsync(_messages, work)
            : work(new ProgressLines(_messages, _time));

    /// <summary>Runs work that draws a part of the terminal again and again, or the other where there is no terminal.</summary>
    /// <param name="live">Gets what draws.</param>
    /// <param name="lines">As <see cref="WithProgressAsync"/> has it.</param>
    public Task<T> WithScreenAsync<T>(
        Func<Action<IRenderable>, Task<T>> live, Func<IProgressBoard, Task<T>> lines) =>
        _messages.Profile.Capabilities.Interactive && _messages.Profile.Out.IsTerminal
            ? _messages.Live(new Text(string.Empty)).Overflow(VerticalOverflow.Crop).StartAsync(
                context => live(context.UpdateTarget))
            : lines(new ProgressLines(_messages, _time));

    private static IAnsiConsole ConsoleOn(TextWriter writer)
    {
        var target = new AnsiConsoleOutput(writer);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = target,
            // Logs and pipes get plain text whatever the environment says of its terminal.
            Ansi = target.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = target.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!target.IsTerminal)
        {
            console.Profile.Width = WidthWithoutTerminal;
        }

        return console;
    }
}
