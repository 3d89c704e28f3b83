using System.Runtime.CompilerServices;

namespace OrganSeg.Storage;

/// <summary>The evaluation reports of a store: container <c>reports</c>. A report never changes.</summary>
public sealed class ReportCatalogue(IObjectStore store)
{
    private const string Container = "reports";
    private const string Report = "report.json";
    internal const string Index = "files.json";
    private const string Reservation = "reserved";

    /// <summary>Publishes a report. Nobody sees any of it before all of it is there.</summary>
    /// <param name="reportId">Its name.</param>
    /// <param name="files">Its files by name, among them <c>report.json</c>.</param>
    /// <param name="cancellationToken">Gives up; what was written is deleted.</param>
    /// <returns>The report's name.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Exists"/> when the name is taken.</exception>
    public async Task<string> PublishAsync(
        string reportId,
        IReadOnlyDictionary<string, ReadOnlyMemory<byte>> files,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(files);
        Names.Check(reportId, "report");
        FileNames.Check(files.Keys, Index, Reservation);
        if (!files.TryGetValue(Report, out ReadOnlyMemory<byte> report))
        {
            throw OrganSegException.Invalid("files", $"A report needs a {Report}.");
        }

        // Takes the name, so that two publishers can never mix their files.
        await WriteAsync(reportId, Reservation, ReadOnlyMemory<byte>.Empty, cancellationToken);
        try
        {
            foreach ((string file, ReadOnlyMemory<byte> content) in files.Where(file => file.Key != Report))
            {
                await WriteAsync(reportId, file, content, cancellationToken);
            }

            await WriteAsync(reportId, Index, ReportFiles.Seal(files), cancellationToken);
            await WriteAsync(reportId, Report, report, cancellationToken);
            return reportId;
        }
        catch
        {
            // Cleaning up must happen above all when the caller has given up, so its token does not count here.
            await DiscardAsync(reportId, CancellationToken.None);
            throw;
        }
    }

    /// <summary>Opens a file of a report. It was checked against its SHA-256; the caller disposes of the stream.</summary>
    /// <exception cref="OrganSegException">
    /// <see cref="ErrorKind.Missing"/> when there is no such report or file, <see cref="ErrorKind.Corrupt"/> when it was
    /// changed.
    /// </exception>
    public async Task<Stream> OpenFileAsync(string reportId, string file, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, ModelFile> files = await ReadIndexAsync(reportId, cancellationToken);
        if (!files.TryGetValue(file, out ModelFile? expected))
        {
            throw new OrganSegException(
                ErrorKind.Missing, $"Report {reportId} has no file {file}. {KnownNames.Sentence("files", [.. files.Keys])}");
        }

        byte[] content = await FileNames.ReadAsync(
            store, Container, $"{reportId}/{file}", expected, cancellationToken);
        return new MemoryStream(content, writable: false);
    }

    /// <summary>The names of all reports, newest first.</summary>
    public async IAsyncEnumerable<string> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = new List<(string Id, DateTimeOffset At)>();
        await foreach (string id in store.ListFoldersAsync(Container, "", cancellationToken))
        {
            if (Names.IsValid(id)
                && await store.FindAsync(Container, $"{id}/{Report}", cancellationToken) is { } report)
            {
                found.Add((id, report.LastModified));
            }
        }

        foreach ((string id, _) in found
            .OrderByDescending(report => report.At)
            .ThenByDescending(report => report.Id, StringComparer.Ordinal))
        {
            yield return id;
        }
    }

    /// <summary>The names of the files of a report, in ordinal order.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Missing"/> when there is no such report.</exception>
    public async Task<IReadOnlyList<string>> FilesAsync(string reportId, CancellationToken cancellationToken) =>
        [.. (await ReadIndexAsync(reportId, cancellationToken)).Keys.Order(StringComparer.Ordinal)];

    private async Task<IReadOnlyDictionary<string, ModelFile>> ReadIndexAsync(
        string reportId, CancellationToken cancellationToken)
    {
        Names.Check(reportId, "report");
        string blob = $"{reportId}/{Index}";
        if (await store.FindAsync(Container, $"{reportId}/{Report}", cancellationToken) is null
            || await store.TryReadAllAsync(Container, blob, cancellationToken) is not { } json)
        {
            throw new OrganSegException(ErrorKind.Missing, $"There is no report {reportId}.");
        }

        return SealedJson.Open<ReportFiles>(json, $"{Container}/{blob}", ReportFiles.OutsideDigest).Files;
    }

    private async Task WriteAsync(
        string reportId, string file, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        await store.WriteBytesAsync(
            Container, $"{reportId}/{file}", content, WriteCondition.IfAbsent, cancellationToken);

    private async Task DiscardAsync(string reportId, CancellationToken cancellationToken)
    {
        try
        {
            // The report first, since it is what makes the rest visible.
            await store.DeleteAsync(Container, $"{reportId}/{Report}", cancellationToken);
            await store.DeleteFolderAsync(Container, $"{reportId}/", Reservation, cancellationToken);
        }
        catch (OrganSegException)
        {
            // The failure that led here matters more to the caller than this one.
        }
    }
}
