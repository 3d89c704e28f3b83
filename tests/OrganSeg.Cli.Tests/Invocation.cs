namespace OrganSeg.Cli.Tests;

/// <summary>A command line that was run inside this process.</summary>
internal sealed record Invocation(int ExitCode, string Output, string Error)
{
    public static async Task<Invocation> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var commandLine = new CommandLine(output, error, TimeProvider.System);
        var exitCode = await commandLine.RunAsync(arguments, TestContext.Current.CancellationToken);
        return new Invocation(exitCode, output.ToString(), error.ToString());
    }
}
