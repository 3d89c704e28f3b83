using System.CommandLine;
using System.CommandLine.Invocation;
using System.Diagnostics;
using Grpc.Core;
using OrganSeg.Cli.Commands;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.Contracts;

namespace OrganSeg.Cli;

/// <summary>The <c>organseg</c> command: parses, runs one command inside one span, and turns its end into an exit code.</summary>
internal sealed class CommandLine
{
    private static readonly Option<bool> JsonOption = new("--json")
    {
        Description = "Print one JSON document on standard output; everything else goes to standard error.",
        Recursive = true,
    };

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly TimeProvider _time;

    public CommandLine(TextWriter output, TextWriter error, TimeProvider time)
    {
        _output = output;
        _error = error;
        _time = time;
        Root = new RootCommand("OrganSeg: from annotated CT slices to a served, measured segmentation model.")
        {
            JsonOption,
            DemoCommand.Create(Action),
            TestCommand.Create(Action),
            UpCommand.Create(Action),
            IngestCommand.Create(Action),
            TrainCommand.Create(Action),
            ImportCommand.Create(Action),
            SegmentCommand.Create(Action),
            QuantizeCommand.Create(Action),
            EvaluateCommand.Create(Action),
            BenchCommand.Create(Action),
            DatasetsCommand.Create(Action),
            RunsCommand.Create(Action),
            ModelsCommand.Create(Action),
            PromoteCommand.Create(Action),
            CancelCommand.Create(Action),
            ResumeCommand.Create(Action),
            StoreCommand.Create(Action),
        };
    }

    /// <summary>What a command does with its context; answers the exit code.</summary>
    public delegate Task<int> CommandBody(CommandContext context, CancellationToken cancellationToken);

    /// <summary>Makes a body the action of a command.</summary>
    public delegate void CommandAction(Command command, CommandBody body);

    /// <summary>Every command.</summary>
    public RootCommand Root { get; }

    /// <summary>Parses and runs. Every failure is already reported when it returns.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        // An argument that begins with @ is a name here, never a file of more arguments.
        var parsed = Root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            return await ReportWrongUsageAsync(parsed);
        }

        var configuration = new InvocationConfiguration
        {
            Output = _output,
            Error = _error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        };
        return await parsed.InvokeAsync(configuration, cancellationToken);
    }

    private async Task<int> ReportWrongUsageAsync(ParseResult parsed)
    {
        foreach (var message in parsed.Errors.Select(error => error.Message).Distinct())
        {
            await _error.WriteLineAsync($"error: {message}");
        }

        var command = parsed.CommandResult.Command;
        var path = command is RootCommand ? "organseg" : $"organseg {PathOf(command)}";
        await _error.WriteLineAsync($"'{path} --help' shows how it is used.");
        return ExitCode.WrongUsage;
    }

    private void Action(Command command, CommandBody body) =>
        command.SetAction((parsed, cancellationToken) => InvokeAsync(command, body, parsed, cancellationToken));

    private async Task<int> InvokeAsync(
        Command command, CommandBody body, ParseResult parsed, CancellationToken cancellationToken)
    {
        using var telemetry = new CliTelemetry();
        using var span = CliTelemetry.Source.StartActivity($"organseg {PathOf(command)}");
        var output = new Output(_output, _error, parsed.GetValue(JsonOption), _time);
        try
        {
            var context = new CommandContext(parsed, output, Installation.Find(), _time);
            var exitCode = await body(context, cancellationToken);
            if (exitCode == ExitCode.Failed && span is { Status: ActivityStatusCode.Unset })
            {
                span.Fail("Failed", "The command did not reach its end, or what it checked did not pass. It said why where it was run.");
            }

            return exitCode;
        }
        catch (Exception error)
        {
            // Of what kind it is a service has said, unless it was surprised itself.
            span?.Fail(error is RpcException { StatusCode: not (StatusCode.Internal or StatusCode.Unknown) } call
                ? GrpcErrors.ToOrganSegException(call)
                : error);
            return ErrorReport.Write(output, error, cancellationToken.IsCancellationRequested);
        }
    }

    private static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent and not RootCommand
            ? $"{PathOf(parent)} {command.Name}"
            : command.Name;
}
