using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg datasets imports</c>: who imported what.</summary>
internal static class DatasetsImportsCommand
{
    private static readonly Argument<string> NameArgument = new("NAME")
    {
        Description = "A dataset; without, all of them.",
        Arity = ArgumentArity.ZeroOrOne,
        DefaultValueFactory = _ => "",
    };

    private static readonly Option<int> LimitOption = new("--limit")
    {
        Description = "At most so many, 1 to 10000.",
        HelpName = "N",
        DefaultValueFactory = _ => 100,
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("imports", "List who imported what, newest first.") { NameArgument, LimitOption };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var limit = context.Get(LimitOption);
        if (limit is < 1 or > 10_000)
        {
            throw OrganSegException.Invalid("--limit", $"is {limit}; give 1 to 10000.");
        }

        await using var services = await context.ConnectAsync(cancellationToken);
        var answer = await services.Retry.RunAsync(
            "ingest",
            () => services.Ingest.ListImportsAsync(
                new ListImportsRequest { Dataset = context.Get(NameArgument), Limit = (uint)limit },
                services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        context.Output.Table(
            ["begun", "outcome", "dataset", " files", " slices", "by", "from"],
            answer.Imports.Select(one => (IReadOnlyList<string>)
            [
                Format.Time(one.BegunAt),
                one.Error.Length > 0 ? $"{one.Outcome} ({one.Error})" : one.Outcome,
                one.Version.Length > 0 ? $"{one.Dataset}@{one.Version}" : one.Dataset,
                $"{one.Files}",
                $"{one.Slices}",
                one.User.Length == 0 ? "-" : one.UserIsAuthenticated ? one.User : $"{one.User} (stated)",
                string.Join(", ", one.Servers.Prepend(one.Address)),
            ]));
        context.Output.Json(new { Imports = answer.Imports.Select(Json) });
        return ExitCode.Done;
    }

    private static object Json(ImportRecord one) => new
    {
        one.Id,
        BegunAt = one.BegunAt.ToDateTimeOffset(),
        EndedAt = one.EndedAt?.ToDateTimeOffset(),
        one.Outcome,
        Error = one.Error.Length > 0 ? one.Error : null,
        User = one.User.Length > 0 ? one.User : null,
        one.UserIsAuthenticated,
        one.Address,
        one.Dataset,
        Version = one.Version.Length > 0 ? one.Version : null,
        Digest = one.Digest.Length > 0 ? one.Digest : null,
        one.Files,
        one.Slices,
        one.Cases,
        Servers = one.Servers.ToList(),
        one.Pseudonyms,
        one.AllowBurnedIn,
        one.AllowLeakage,
    };
}
