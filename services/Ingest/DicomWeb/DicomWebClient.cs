using System.Net;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OrganSeg.Ingest.Sources;
using OrganSeg.ServiceDefaults;
using Polly.Timeout;

namespace OrganSeg.Ingest.DicomWeb;

/// <summary>
/// Finds series by QIDO-RS and fetches them by WADO-RS (PS3.18). Addresses of requests hold identifiers of patients, so the
/// HTTP client given to it must neither log nor trace them.
/// </summary>
internal sealed class DicomWebClient(HttpClient http, IOptions<IngestOptions> options)
{
    /// <summary>Modality of the series that are images.</summary>
    public const string Images = "CT";

    /// <summary>Modality of the series that are segmentations.</summary>
    public const string Segmentations = "SEG";

    private const int PageSize = 200;
    private const int MostSeries = 10_000;
    private const int MostPageBytes = 16 << 20;
    private const int MostBreaks = 3;
    private const string StudyTag = "0020000D";
    private const string SeriesTag = "0020000E";
    private const string AnySyntax = "multipart/related; type=\"application/dicom\"; transfer-syntax=*";

    private static readonly TimeSpan LongestPage = TimeSpan.FromMinutes(1);
    private static readonly string[] Modalities = [Images, Segmentations];

    /// <summary>The CT and SEG series that match, in the order of their UIDs.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the query, or no such server is configured;
    /// <see cref="ErrorKind.Missing"/>: no CT series matches; <see cref="ErrorKind.NotReady"/>: its settings are wrong;
    /// <see cref="ErrorKind.Dependency"/>: the server.</exception>
    public async Task<IReadOnlyList<DicomWebSeries>> FindAsync(DicomWebQuery query, CancellationToken cancellationToken)
    {
        FieldViolation[] wrong = [.. query.Violations()];
        if (wrong.Length > 0)
        {
            throw new OrganSegException(wrong);
        }

        var server = ServerOf(query);
        var found = new Dictionary<string, DicomWebSeries>(StringComparer.Ordinal);
        foreach (var modality in Modalities)
        {
            // Servers may give less at a time than is asked for, and those that know no paging give everything each time.
            for (var (offset, before) = (0, -1); found.Count > before;)
            {
                before = found.Count;
                var page = await PageAsync(query, server, modality, offset, cancellationToken);
                offset += page.Count;
                foreach (var one in page.OfType<DicomWebSeries>())
                {
                    found.TryAdd(one.Series, one);
                }

                if (found.Count > MostSeries)
                {
                    throw OrganSegException.Invalid("dicomWeb", $"matches more than {MostSeries} series; ask for less at a time.");
                }
            }
        }

        return found.Values.Any(one => one.Modality == Images)
            ? [.. found.Values.OrderBy(one => one.Series, StringComparer.Ordinal)]
            : throw new OrganSegException(ErrorKind.Missing, $"DICOMweb server {query.Server} has no CT series that matches.");
    }

    /// <summary>The files of a series, each once, however often the connection breaks.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: its settings are wrong; <see cref="ErrorKind.Dependency"/>:
    /// the server.</exception>
    public async IAsyncEnumerable<byte[]> FetchAsync(
        DicomWebQuery query, DicomWebSeries series, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var server = ServerOf(query);
        var given = new HashSet<string>(StringComparer.Ordinal);
        DicomWebParts? parts = null;
        try
        {
            for (var breaks = 0; ;)
            {
                byte[]? file;
                try
                {
                    parts ??= await OpenAsync(query, server, series, cancellationToken);
                    file = await parts.NextAsync(cancellationToken);
                }
                catch (Exception error) when (error is IOException or HttpRequestException)
                {
                    breaks = breaks < MostBreaks ? breaks + 1 : throw Broken(query.Server, error);
                    if (parts is not null)
                    {
                        await parts.DisposeAsync();
                    }

                    parts = null;
                    continue;
                }

                if (file is null)
                {
                    yield break;
                }

                if (given.Add(Convert.ToHexString(SHA256.HashData(file))))
                {
                    yield return file;
                }
            }
        }
        finally
        {
            if (parts is not null)
            {
                await parts.DisposeAsync();
            }
        }
    }

    private DicomWebServer ServerOf(DicomWebQuery query) =>
        options.Value.DicomWeb.GetValueOrDefault(query.Server) ?? throw OrganSegException.Invalid(
            "dicomWeb.server",
            options.Value.DicomWeb.Count == 0
                ? "cannot be used: no DICOMweb server is configured; set Ingest:DicomWeb:NAME:Url."
                : $"is none of the configured servers: {string.Join(", ", options.Value.DicomWeb.Keys.Order(StringComparer.Ordinal))}.");

    /// <summary>The entries of a page; null for those that are no series of the query.</summary>
    private async Task<IReadOnlyList<DicomWebSeries?>> PageAsync(
        DicomWebQuery query, DicomWebServer server, string modality, int offset, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            query.Server, server, query.PageOf(modality, PageSize, offset), "application/dicom+json", cancellationToken);
        if (response.StatusCode == HttpStatusCode.NoContent)
        {
            return [];
        }

        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(LongestPage);
        try
        {
            await response.Content.LoadIntoBufferAsync(MostPageBytes, patience.Token);
            using var page = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(patience.Token));
            return [.. page.RootElement.EnumerateArray().Select(one => SeriesOf(one, query, modality))];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new OrganSegException(
                ErrorKind.NotReady, $"DICOMweb server {query.Server} did not answer with DICOM JSON; check its Url, which must be the root of its DICOMweb services.", error);
        }
        catch (Exception error) when (error is IOException or HttpRequestException
            || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw Broken(query.Server, error);
        }
    }

    /// <summary>An entry of a page. A server may ignore what it cannot match; what it says of the study and the series is looked at.</summary>
    private static DicomWebSeries? SeriesOf(JsonElement entry, DicomWebQuery query, string modality)
    {
        var (study, series) = (Uid(entry, StudyTag) ?? query.Study ?? "", Uid(entry, SeriesTag) ?? "");
        return DicomWebQuery.IsUid(study) && DicomWebQuery.IsUid(series)
            && (query.Study ?? study) == study && (query.Series ?? series) == series
                ? new DicomWebSeries(study, series, modality)
                : null;
    }

    private async Task<DicomWebParts> OpenAsync(
        DicomWebQuery query, DicomWebServer server, DicomWebSeries series, CancellationToken cancellationToken)
    {
        var response = await SendAsync(query.Server, server, $"studies/{series.Study}/series/{series.Series}", AnySyntax, cancellationToken);
        try
        {
            return await DicomWebParts.OpenAsync(response, query.Server, (int)Math.Min(options.Value.MaxBytesOf(SourceKind.Dicom), int.MaxValue), cancellationToken);
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        string name, DicomWebServer server, string path, string accept, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{server.Url.AbsoluteUri.TrimEnd('/')}/{path}");
        request.DoNotTrace();
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (server.Authorization is { Length: > 0 })
        {
            request.Headers.TryAddWithoutValidation("Authorization", server.Authorization);
        }

        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        }
        catch (Exception error) when (error is HttpRequestException or TimeoutRejectedException)
        {
            throw Broken(name, error);
        }

        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw response.StatusCode switch
            {
                // What only an operator can change is nothing to be tried again.
                HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new OrganSegException(
                    ErrorKind.NotReady, $"DICOMweb server {name} refuses: status {(int)response.StatusCode}; check Ingest:DicomWeb:{name}:Authorization."),
                HttpStatusCode.NotFound or HttpStatusCode.NotAcceptable => new OrganSegException(
                    ErrorKind.NotReady, $"DICOMweb server {name} answers with status {(int)response.StatusCode}; check Ingest:DicomWeb:{name}:Url."),
                _ => new OrganSegException(
                    ErrorKind.Dependency, $"DICOMweb server {name} answers with status {(int)response.StatusCode}; check Ingest:DicomWeb:{name}:Url, or try again later."),
            };
        }
    }

    private static string? Uid(JsonElement series, string tag) =>
        series.TryGetProperty(tag, out var element) && element.TryGetProperty("Value", out var values) && values.GetArrayLength() > 0
            ? values[0].GetString()
            : null;

    // What the transport says may quote the address.
    private static OrganSegException Broken(string server, Exception error) => new(
        ErrorKind.Dependency, $"DICOMweb server {server} cannot be reached, or broke off ({(error as HttpRequestException)?.HttpRequestError.ToString() ?? "cut off"}); try again later.", error);
}
