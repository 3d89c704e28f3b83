using System.CommandLine;
using OrganSeg.Cli.Services;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg up</c>: every service, until told to stop.</summary>
internal static class UpCommand
{
    private static readonly Option<bool> AspireOption = new("--aspire")
    {
        Description = "Run the real Aspire AppHost with its dashboard; needs the Aspire packages and a container engine.",
    };

    private static readonly Option<string> PortsOption = CreatePortsOption();

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("up", "Run all services until Ctrl-C; prints endpoints and where traces go.") { AspireOption, PortsOption };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var store = Store.From(Environment.GetEnvironmentVariable(Store.Variable), context.Installation);
        if (context.Get(AspireOption))
        {
            return await AspireHost.RunAsync(context, cancellationToken);
        }

        using (var running = new RunningServices(context.Installation, context.Time))
        {
            if (await running.FindAsync(store, cancellationToken) is { } addresses)
            {
                throw new OrganSegException(
                    ErrorKind.NotReady, $"the services of this store are up already ({addresses.Ingest.Http} and others); stop them first");
            }
        }

        string[] arguments = ["--up", "--ports", context.Get(PortsOption)!, .. context.Output.IsJson ? ["--json"] : Array.Empty<string>()];
        var exitCode = await AppHostProcess.RunInForegroundAsync(context.Installation, store, arguments, cancellationToken);
        // Being stopped is how it is meant to end.
        return exitCode == 0 || cancellationToken.IsCancellationRequested ? ExitCode.Done : ExitCode.Failed;
    }

    private static Option<string> CreatePortsOption()
    {
        var option = new Option<string>("--ports")
        {
            Description = "declared: 5601 to 5604 and 5701 to 5704, replaced where taken; free: any that are free.",
            DefaultValueFactory = _ => "declared",
        };
        return option.AcceptOnlyFromAmong("declared", "free");
    }
}
