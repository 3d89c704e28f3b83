using System.CommandLine;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg datasets export</c>: a sealed version as files, for other software or to be imported elsewhere.</summary>
internal static class DatasetsExportCommand
{
    private static readonly Argument<string> NameArgument = new("NAME") { Description = "A dataset, or dataset@version." };

    private static readonly Option<string> OutputOption = new("--output")
    {
        Description = "Folder to write; it must be empty or not there yet.",
        HelpName = "DIR",
        Required = true,
    };

    private static readonly Option<string> FormatOption = new Option<string>("--format")
    {
        Description = "png: folders that 'organseg ingest' takes back, with split.csv; nifti: two volumes a case; nnunet: the raw layout of nnU-Net.",
        DefaultValueFactory = _ => "png",
    }.AcceptOnlyFromAmong("png", "nifti", "nnunet");

    public static Command Create(CommandLine.CommandAction action)
    {
        var command = new Command("export", "Write a dataset version as files.") { NameArgument, OutputOption, FormatOption };
        action(command, RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var folder = Path.GetFullPath(context.Get(OutputOption)!);
        if (File.Exists(folder) || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any()))
        {
            throw OrganSegException.Invalid("--output", $"{folder} is no empty folder; name another one.");
        }

        var format = context.Get(FormatOption) switch
        {
            "nifti" => ExportFormat.Nifti,
            "nnunet" => ExportFormat.Nnunet,
            _ => ExportFormat.Png,
        };
        await using var services = await context.ConnectAsync(cancellationToken);
        var files = await context.Output.WithProgressAsync(board => services.Retry.RunAsync(
            "ingest",
            async _ =>
            {
                using var call = services.Ingest.ExportDataset(
                    new ExportDatasetRequest { Dataset = context.Get(NameArgument), Format = format },
                    services.Call(ServiceConnection.Long, cancellationToken));
                return await ChunkedFiles.WriteAsync(
                    call.ResponseStream, folder, count => board.Report("writing", count, 0, "files"), cancellationToken);
            },
            cancellationToken));
        context.Output.Line($"{files.Count} files in {folder}");
        context.Output.Json(new { Folder = folder, Files = files });
        return ExitCode.Done;
    }
}
