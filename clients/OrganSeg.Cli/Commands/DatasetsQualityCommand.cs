using System.CommandLine;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg datasets quality</c>: the report that was made when a version was sealed.</summary>
internal static class DatasetsQualityCommand
{
    private static readonly Argument<string> NameArgument = new("NAME") { Description = "A dataset, or dataset@version." };

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder for quality.html and quality.json; files of those names are replaced.",
        HelpName = "DIR",
        Required = true,
    };

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("quality", "Write the quality report of a dataset version.") { NameArgument, OutputOption };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(context.Get(OutputOption)!);
        await using var services = await context.ConnectAsync(cancellationToken);
        var files = await services.Retry.RunAsync(
            "ingest",
            async _ =>
            {
                using var call = services.Ingest.GetQualityReport(
                    new GetQualityReportRequest { Dataset = context.Get(NameArgument) }, services.Call(ServiceConnection.Short, cancellationToken));
                return await ChunkedFiles.WriteAsync(call.ResponseStream, folder, _ => { }, cancellationToken);
            },
            cancellationToken);
        foreach (var file in files)
        {
            context.Output.Line(Path.Combine(folder, file));
        }

        context.Output.Json(new { Folder = folder, Files = files });
        return ExitCode.Done;
    }
}
