using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Storage;

namespace OrganSeg.Cli.Commands;

/// <summary>
/// <c>organseg models copy</c>: takes a model version to another store, such as a folder that is carried to a machine without network.
/// </summary>
internal static class ModelCopyCommand
{
    private static readonly Argument<string> NameArgument = new("NAME") { Description = "An alias, a model, or model@version." };

    private static readonly Option<string> ToOption = new("--to")
    {
        Description = "The other store: folder=PATH, an Azure Storage connection string, or the URI of a blob service.",
        HelpName = "STORE",
        Required = true,
    };

    private static readonly Option<string?> AsOption = new("--as")
    {
        Description = "Name of the model there; without, the same. The copy then is a version of its own.",
        HelpName = "NAME",
    };

    private static readonly Option<string?> AliasOption = new("--alias")
    {
        Description = "Alias to point at it there; it must be new there.",
    };

    private static readonly Option<string[]> LeaveOutOption = new("--leave-out")
    {
        Description = "A file not to copy, such as weights.safetensors; may be repeated. The copy then is a version of its own.",
        HelpName = "FILE",
        DefaultValueFactory = _ => [],
    };

    private static readonly Option<string?> NoticeOption = new("--notice")
    {
        Description = "Terms and credits of the data it learned from, for its card. The copy then is a version of its own.",
        HelpName = "TEXT",
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("copy", "Copy a model version to another store, as it is or with less.")
        {
            NameArgument, ToOption, AsOption, AliasOption, LeaveOutOption, NoticeOption,
        };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var changes = new ModelCopyChanges
        {
            Name = context.Get(AsOption),
            LeftOut = context.Get(LeaveOutOption)!,
            Notice = context.Get(NoticeOption),
        };
        var alias = context.Get(AliasOption);
        Check("--as", changes.Name);
        Check("--alias", alias);
        var source = Open(Store.From(Environment.GetEnvironmentVariable(Store.Variable), context.Installation).ConnectionString, context.Time);
        var target = Target(context.Get(ToOption)!, context.Time);
        var model = await source.ResolveAsync(context.Get(NameArgument), cancellationToken);
        // An alias that is taken is told before anything is written, so that trying again leaves nothing behind.
        if (alias is not null && await target.ListAliasesAsync(cancellationToken).FirstOrDefaultAsync(one => one.Alias == alias, cancellationToken) is { } other
            && !(changes.AreNone && other.Model == model.Model && other.Version == model.Version))
        {
            throw new OrganSegException(
                ErrorKind.Exists,
                $"--alias: {alias} names {other.Model}@{other.Version} in that store. Copy without an alias, then move it there with 'organseg promote'.");
        }

        var isNew = true;
        if (changes.AreNone)
        {
            isNew = await target.TakeAsync(source, model, cancellationToken);
        }
        else
        {
            model = await target.PublishCopyAsync(source, model, changes, cancellationToken);
        }

        if (alias is not null)
        {
            await target.AddAliasAsync(alias, model, cancellationToken);
        }

        context.Output.Line(isNew ? $"copied {model.Reference}, {model.Files.Values.Sum(file => file.Bytes) / 1e6:0.0} MB" : $"{model.Reference} is there already");
        context.Output.Json(new { model.Model, model.Version, model.Digest, Copied = isNew, Alias = alias });
        return ExitCode.Done;
    }

    private static void Check(string option, string? name)
    {
        if (name is not null)
        {
            Names.Check(name, option);
        }
    }

    private static ModelCatalogue Target(string connection, TimeProvider time)
    {
        try
        {
            return Open(connection, time);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
        {
            throw OrganSegException.Invalid("--to", error.Violations[0].Description);
        }
    }

    private static ModelCatalogue Open(string connection, TimeProvider time) =>
        new(ObjectStoreConnection.Open(connection, Directory.GetCurrentDirectory(), time), time);
}
