using OrganSeg.Cli.Services;
using OrganSeg.V1;

namespace OrganSeg.Cli.Files;

/// <summary>Copies a stored report into a folder.</summary>
internal static class ReportFolder
{
    private const string Main = "report.json";

    /// <summary>Downloads every file of a report; <c>report.json</c> last, so that it stands for a whole one.</summary>
    /// <returns>Full path of the folder.</returns>
    public static async Task<string> DownloadAsync(
        ServiceConnection services, Report report, string folder, CancellationToken cancellationToken)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Directory.CreateDirectory(root);
        foreach (var file in report.Files.OrderBy(file => file == Main))
        {
            var path = Path.GetFullPath(Path.Combine(root, file));
            if (!path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new OrganSegException(ErrorKind.Corrupt, $"the report names a file outside its folder: {file}");
            }

            var content = await services.Retry.RunAsync(
                "evaluator", _ => ReadAsync(services, report.ReportId, file, cancellationToken), cancellationToken);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await AtomicFile.WriteAsync(path, content, cancellationToken);
        }

        return root;
    }

    private static async Task<byte[]> ReadAsync(
        ServiceConnection services, string report, string file, CancellationToken cancellationToken)
    {
        using var call = services.Evaluator.GetReportFile(
            new GetReportFileRequest { ReportId = report, File = file },
            services.Call(ServiceConnection.Short, cancellationToken));
        using var content = new MemoryStream();
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            content.Write(call.ResponseStream.Current.Data.Span);
        }

        return content.ToArray();
    }
}
