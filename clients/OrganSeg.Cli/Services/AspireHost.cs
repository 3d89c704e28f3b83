using System.Diagnostics;

namespace OrganSeg.Cli.Services;

/// <summary>The AppHost of the Aspire flavour, which is restored, built and run by the SDK.</summary>
internal static class AspireHost
{
    private const string Project = "OrganSeg.AppHost";
    private const string Flavour = "-p:UseAspire=true";

    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(60);

    /// <summary>Runs it in the foreground until it ends or the token asks it to.</summary>
    /// <exception cref="OrganSegException">The package feed lacks the Aspire packages.</exception>
    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        context.Output.Note("restoring the Aspire packages");
        await RestoreAsync(context.Installation, cancellationToken);
        var start = StartInfo(context.Installation, ["run", "--project", Project, "-c", "Release", Flavour, "--no-restore"]);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? ExitCode.Done : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C reaches the whole process group; what has not ended by then will not.
            using var patience = new CancellationTokenSource(StopPatience);
            await process.WaitForExitAsync(patience.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            return ExitCode.Done;
        }
    }

    private static async Task RestoreAsync(Installation installation, CancellationToken cancellationToken)
    {
        var start = StartInfo(installation, ["restore", Project, Flavour, "-v:quiet", "-tl:off"]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var reading = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
        var said = await reading.Item1 + await reading.Item2;
        await process.WaitForExitAsync(cancellationToken);
        if (process.ExitCode != 0)
        {
            var errors = said.Split('\n').Where(line => line.Contains("error", StringComparison.Ordinal)).Select(line => "    " + line.Trim()).Distinct().Take(10);
            throw new OrganSegException(
                ErrorKind.Dependency,
                string.Join(Environment.NewLine, [
                    "the Aspire packages could not be restored; configure a package feed that has them, or use './organseg up', "
                    + "which needs neither Aspire nor a container engine. The restore said:",
                    .. errors,
                ]));
        }
    }

    private static ProcessStartInfo StartInfo(Installation installation, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(DotNet.Host, arguments)
        {
            UseShellExecute = false,
            WorkingDirectory = installation.Root,
        };
        start.Environment.Remove("OTEL_SERVICE_NAME");
        return start;
    }
}
