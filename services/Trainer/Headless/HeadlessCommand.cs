using System.Runtime.InteropServices;
using System.Text.Json;

namespace OrganSeg.Trainer.Headless;

/// <summary>
/// <c>Trainer run --spec run.json --data DIR --out DIR</c>: one run without a server, as a Kubernetes Job does it. Ends
/// with 0 when the model is published, 1 when the run failed or was stopped, 2 when the command is wrong. It also is where
/// <see cref="ParityCommand"/> and <see cref="NetworksCommand"/> start.
/// </summary>
internal static class HeadlessCommand
{
    private const string Verb = "run";

    private const string Usage = """
        usage: Trainer run --spec FILE --data DIR --out DIR

          --spec FILE  the run as JSON: dataset, architecture, model, and settings beside them
          --data DIR   a store, or the folder of its datasets
          --out DIR    a store for the run and the model; an unfinished run of the same specification is continued
        """;

    private static readonly string[] Options = ["--spec", "--data", "--out"];

    /// <summary>Whether the arguments ask for work without a server.</summary>
    public static bool IsAskedFor(string[] args) => args is [Verb or ParityCommand.Verb or NetworksCommand.Verb, ..];

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors)
    {
        using var stop = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }

        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await RunAsync(args, output, errors, stop.Token);
    }

    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        try
        {
            if (args is [NetworksCommand.Verb, ..])
            {
                await NetworksCommand.RunAsync(args, output, cancellationToken);
                return 0;
            }

            return args is [ParityCommand.Verb, ..]
                ? await ParityCommand.RunAsync(args, output, errors, cancellationToken)
                : await TrainAsync(args, output, errors, cancellationToken);
        }
        catch (OrganSegException error)
        {
            await errors.WriteLineAsync(error.Message.AsMemory(), CancellationToken.None);
            return error.Kind is ErrorKind.Invalid ? 2 : 1;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await errors.WriteLineAsync("Stopped.".AsMemory(), CancellationToken.None);
            return 1;
        }
    }

    private static async Task<int> TrainAsync(
        string[] args, TextWriter output, TextWriter errors, CancellationToken cancellationToken)
    {
        if (Parse(args) is not { } options)
        {
            await errors.WriteLineAsync(Usage.AsMemory(), cancellationToken);
            return 2;
        }

        var spec = await ReadAsync(options["--spec"], cancellationToken);
        await using var run = HeadlessRun.Create(options["--data"], options["--out"], output);
        return await run.RunAsync(spec, cancellationToken) ? 0 : 1;
    }

    private static Dictionary<string, string>? Parse(string[] args)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 1; i + 1 < args.Length; i += 2)
        {
            options[args[i]] = args[i + 1];
        }

        return args.Length == 1 + 2 * Options.Length && Options.All(options.ContainsKey) ? options : null;
    }

    private static async Task<JsonElement> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<JsonElement>(file, cancellationToken: cancellationToken);
        }
        catch (JsonException error)
        {
            throw OrganSegException.Invalid("--spec", $"{path} is not JSON: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw OrganSegException.Invalid("--spec", $"{path} cannot be read: {error.Message}");
        }
    }
}
