using System.CommandLine;
using System.Diagnostics;
using OrganSeg.Cli.Services;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg test</c>: every test of the repository.</summary>
internal static class TestCommand
{
    /// <summary>Set by the launcher, which has built everything already.</summary>
    private const string BuiltVariable = "ORGANSEG_BUILT";

    private static readonly string[] Flavour = ["-c", "Release", "-p:UseAspire=false"];

    private static readonly Argument<string[]> RestArgument = new("arguments")
    {
        Description = "Passed to the test runner, such as -- --filter-class \"*SplitTable*\".",
        Arity = ArgumentArity.ZeroOrMore,
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("test", "Run every test.") { RestArgument };
        command.TreatUnmatchedTokensAsErrors = false;
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable(BuiltVariable) != "1")
        {
            context.Output.Note("building everything");
            if (await DotNetAsync(context.Installation, ["build", Installation.Solution, .. Flavour, "-v:minimal", "-tl:off"], cancellationToken) != 0)
            {
                throw new OrganSegException(ErrorKind.NotReady, "the build failed; nothing was tested");
            }
        }

        // One test program at a time: several start services and time out on a machine they share.
        string[] arguments =
        [
            "test", "--solution", Installation.Solution, .. Flavour, "--no-build", "--max-parallel-test-modules", "1",
            .. context.Get(RestArgument), .. context.Parsed.UnmatchedTokens,
        ];
        return await DotNetAsync(context.Installation, arguments, cancellationToken) == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static async Task<int> DotNetAsync(
        Installation installation, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(DotNet.Host, arguments) { WorkingDirectory = installation.Root };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode;
    }
}
