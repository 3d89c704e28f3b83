using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace OrganSeg.Benchmarks;

/// <summary>
/// PyTorch in a process of its own: the command line of <c>ORGANSEG_PEER_PYTHON</c> with a script that prints one line of
/// JSON with <c>infer_1_s</c> and <c>train_step_s</c>, medians in seconds.
/// </summary>
internal sealed class TorchPeer(
    string script, string network, int width, int batch, int size, int threads, int steps, bool channelsLast)
{
    public static string? Python => Environment.GetEnvironmentVariable("ORGANSEG_PEER_PYTHON");

    public string Name => channelsLast ? "PyTorch, channels last" : "PyTorch, contiguous";

    public async Task<JsonElement> RunAsync()
    {
        var command = Python!.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var start = new ProcessStartInfo(command[0]) { RedirectStandardOutput = true, RedirectStandardError = true };
        string[] options =
        [
            "--net", network, "--width", Text(width), "--size", Text(size), "--threads", Text(threads), "--batch", Text(batch),
            "--steps", Text(steps), .. channelsLast ? ["--channels-last"] : Array.Empty<string>(),
        ];
        foreach (var argument in command.Skip(1).Append(script).Concat(options))
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
        return json.RootElement.Clone();
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
