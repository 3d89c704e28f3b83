using System.CommandLine;
using OrganSeg.Cli.Services;
using OrganSeg.Cli.Work;
using OrganSeg.V1;

namespace OrganSeg.Cli.Commands;

/// <summary><c>organseg datasets</c>: what is sealed.</summary>
internal static class DatasetsCommand
{
    private static readonly Argument<string> NameArgument = new("NAME") { Description = "A dataset, or dataset@version." };

    public static Command Create(CommandLine.CommandAction action)
    {
        var show = new Command("show", "Show one dataset version.") { NameArgument };
        action(show, ShowAsync);
        var command = new Command("datasets", "List datasets.")
        {
            show, DatasetsQualityCommand.Create(action), DatasetsExportCommand.Create(action), DatasetsImportsCommand.Create(action),
        };
        action(command, ListAsync);
        return command;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var answer = await services.Retry.RunAsync(
            "ingest",
            () => services.Ingest.ListDatasetsAsync(new ListDatasetsRequest(), services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        DatasetView.Show(context.Output, answer.Datasets);
        context.Output.Json(new { Datasets = answer.Datasets.Select(DatasetView.Json) });
        return ExitCode.Done;
    }

    private static async Task<int> ShowAsync(CommandContext context, CancellationToken cancellationToken)
    {
        await using var services = await context.ConnectAsync(cancellationToken);
        var dataset = await services.Retry.RunAsync(
            "ingest",
            () => services.Ingest.GetDatasetAsync(
                new GetDatasetRequest { Dataset = context.Get(NameArgument) },
                services.Call(ServiceConnection.Short, cancellationToken)),
            cancellationToken);
        var findings = await QualityFindings.ReadAsync(services, dataset, cancellationToken);
        DatasetView.Show(context.Output, dataset);
        DatasetView.Show(context.Output, dataset, findings);
        context.Output.Json(DatasetView.Json(dataset, findings));
        return ExitCode.Done;
    }
}
