using System.Text.Json;
using Grpc.Core;
using OrganSeg.Cli.Files;
using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Fetches what the quality report of a dataset points out.</summary>
internal static class QualityFindings
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web);

    /// <returns>The findings, warnings first; null when the version was sealed without a report.</returns>
    public static async Task<IReadOnlyList<QualityFinding>?> ReadAsync(
        ServiceConnection services, Dataset dataset, CancellationToken cancellationToken)
    {
        try
        {
            return await services.Retry.RunAsync<IReadOnlyList<QualityFinding>?>(
                "ingest",
                async _ =>
                {
                    using var call = services.Ingest.GetQualityReport(
                        new GetQualityReportRequest { Dataset = $"{dataset.Name}@{dataset.Version}", File = "quality.json" },
                        services.Call(ServiceConnection.Short, cancellationToken));
                    // To its end: a call that is left before counts as given up.
                    var (_, json) = await ChunkedFiles.ReadAsync(call.ResponseStream, cancellationToken).LastAsync(cancellationToken);
                    return JsonSerializer.Deserialize<Report>(json.Span, Format)?.Findings
                        ?? throw new OrganSegException(ErrorKind.Corrupt, "quality.json holds no report");
                },
                cancellationToken);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
    }

    private sealed record Report(IReadOnlyList<QualityFinding> Findings);
}
