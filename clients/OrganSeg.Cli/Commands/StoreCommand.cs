using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Storage;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg store</c>: copies of everything that lasts, and whether it is what it should be. No service is needed.</summary>
internal static class StoreCommand
{
    private const string Kinds = "folder=PATH, an Azure Storage connection string, or the URI of a blob service.";

    private static readonly Option<string> ToOption = new("--to")
    {
        Description = "Where the copy goes: " + Kinds,
        HelpName = "STORE",
        Required = true,
    };

    private static readonly Option<string> FromOption = new("--from")
    {
        Description = "Where the copy lies: " + Kinds,
        HelpName = "STORE",
        Required = true,
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var backup = new Command("backup", "Copy everything to another store; again, only what is new or has changed.") { ToOption };
        action(backup, BackUpAsync);
        var restore = new Command("restore", "Fill this store, which has to be empty, from a backup.") { FromOption };
        action(restore, RestoreAsync);
        var check = new Command("check", "Read everything and compare it with its SHA-256.");
        action(check, CheckAsync);
        return new Command("store", "Back up, restore and check the store.") { backup, restore, check };
    }

    private static Task<int> BackUpAsync(CommandContext context, CancellationToken cancellationToken) =>
        CopyAsync(context, Own(context), Other(context, "--to", context.Get(ToOption)!), onlyIntoOwn: false, cancellationToken);

    private static Task<int> RestoreAsync(CommandContext context, CancellationToken cancellationToken) =>
        CopyAsync(context, Other(context, "--from", context.Get(FromOption)!), Own(context), onlyIntoOwn: true, cancellationToken);

    private static async Task<int> CopyAsync(
        CommandContext context, IObjectStore source, IObjectStore target, bool onlyIntoOwn, CancellationToken cancellationToken)
    {
        var result = await new StoreCopy(source, target).RunAsync(onlyIntoOwn, cancellationToken);
        context.Output.Line(
            $"{result.Things} versions, runs, reports and aliases; {result.Copied} blobs copied ({result.Bytes / 1e6:0.0} MB), {result.Kept} were there");
        context.Output.Json(result);
        return ExitCode.Done;
    }

    private static async Task<int> CheckAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var result = await new StoreCheck(Own(context)).RunAsync(cancellationToken);
        foreach (var problem in result.Problems)
        {
            context.Output.Line(problem);
        }

        context.Output.Line($"{result.Things} versions, runs, reports and aliases; {result.Blobs} blobs compared, {result.Problems.Count} problems");
        context.Output.Json(result);
        return result.Problems.Count == 0 ? ExitCode.Done : ExitCode.Failed;
    }

    private static IObjectStore Own(CommandContext context) =>
        Open(Store.From(Environment.GetEnvironmentVariable(Store.Variable), context.Installation).ConnectionString, context);

    private static IObjectStore Other(CommandContext context, string option, string connection)
    {
        try
        {
            return Open(connection, context);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
        {
            throw OrganSegException.Invalid(option, error.Violations[0].Description);
        }
    }

    private static IObjectStore Open(string connection, CommandContext context) =>
        ObjectStoreConnection.Open(connection, Directory.GetCurrentDirectory(), context.Time);
}
