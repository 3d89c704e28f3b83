namespace OrganSeg.AppHost.Offline;

/// <summary>
/// What the person at the terminal sees. With <c>--json</c> standard output holds the one line and nothing else.
/// </summary>
internal sealed class HostConsole(TextWriter output, TextWriter error, HostSwitches switches, bool colour)
{
    private static readonly int[] Colours = [36, 33, 35, 32, 34, 96, 93, 95];

    private readonly Lock _lock = new();

    public static HostConsole ForProcess(HostSwitches switches)
    {
        var redirected = switches.Json ? Console.IsErrorRedirected : Console.IsOutputRedirected;
        var colour = !redirected
            && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"))
            && Environment.GetEnvironmentVariable("TERM") != "dumb";
        return new HostConsole(Console.Out, Console.Error, switches, colour);
    }

    /// <summary>The machine-readable line.</summary>
    public void WriteResult(string line) => Write(output, line);

    /// <summary>Something about the whole application.</summary>
    public void Say(string line)
    {
        if (!switches.Quiet)
        {
            Write(switches.Json ? error : output, line);
        }
    }

    public void SayError(string line) => Write(error, colour ? $"\e[31m{line}\e[0m" : line);

    /// <summary>A line of a service, with its name before it.</summary>
    public void WriteService(string name, int index, int width, string line)
    {
        if (!switches.Quiet)
        {
            var prefix = name.PadRight(width);
            Write(
                switches.Json ? error : output,
                colour ? $"\e[{Colours[index % Colours.Length]}m{prefix} │\e[0m {line}" : $"{prefix} | {line}");
        }
    }

    private void Write(TextWriter writer, string line)
    {
        try
        {
            lock (_lock)
            {
                writer.WriteLine(line);
                writer.Flush();
            }
        }
        catch (IOException)
        {
            // Whoever read this is gone; the services still have to be stopped in order.
        }
    }
}
