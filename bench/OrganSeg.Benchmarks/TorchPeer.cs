using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace OrganSeg.Benchmarks;

/// <summary>
/// PyTorch in a process of its own: the command line of <c>ORGANSEG_PEER_PYTHON</c> with a script that prints one line of
/// JSON with <c>infer_1_s</c>.
/// </summary>
internal static class TorchPeer
{
    public static string? Python => Environment.GetEnvironmentVariable("ORGANSEG_PEER_PYTHON");

    /// <summary>Median milliseconds of a slice.</summary>
    public static async Task<double> RunAsync(string script, int width, int size, int threads, bool channelsLast)
    {
        var command = Python!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] numbers = ["--width", Text(width), "--size", Text(size), "--threads", Text(threads), "--batch", "1", "--steps", "8"];
        foreach (var argument in command.Skip(1).Append(script).Concat(numbers).Concat(channelsLast ? ["--channels-last"] : []))
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{command[0]} cannot be started.");
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        var line = output.Split('\n').LastOrDefault(text => text.StartsWith('{'))
            ?? throw new InvalidOperationException($"{script} printed no result: {await errors}");
        using var json = JsonDocument.Parse(line);
        return 1000 * json.RootElement.GetProperty("infer_1_s").GetDouble();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
