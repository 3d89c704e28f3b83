using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace OrganSeg.Ingest.DicomWeb;

/// <summary>The files of a WADO-RS answer (PS3.18, section 8.6.1.2: multipart/related), one after the other. Owns the answer.</summary>
internal sealed class DicomWebParts : IAsyncDisposable
{
    private const int LongestBoundary = 200;

    private static readonly TimeSpan LongestSilence = TimeSpan.FromMinutes(1);

    private readonly HttpResponseMessage _response;
    private readonly MultipartReader _reader;
    private readonly int _mostBytes;

    private DicomWebParts(HttpResponseMessage response, MultipartReader reader, int mostBytes) =>
        (_response, _reader, _mostBytes) = (response, reader, mostBytes);

    /// <param name="response">Its content has not been read.</param>
    /// <param name="server">Name that errors give.</param>
    /// <param name="mostBytes">Largest file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.NotReady"/>: it is no multipart answer.</exception>
    public static async Task<DicomWebParts> OpenAsync(
        HttpResponseMessage response, string server, int mostBytes, CancellationToken cancellationToken)
    {
        var boundary = MediaTypeHeaderValue.TryParse(response.Content.Headers.ContentType?.ToString(), out var type)
            && type.MediaType.Equals("multipart/related", StringComparison.OrdinalIgnoreCase)
                ? HeaderUtilities.RemoveQuotes(type.Boundary).Value
                : null;
        if (boundary is not { Length: > 0 and <= LongestBoundary })
        {
            throw new OrganSegException(
                ErrorKind.NotReady, $"DICOMweb server {server} did not answer with multipart/related; check its Url, which must be the root of its DICOMweb services.");
        }

        return new(response, new MultipartReader(boundary, await response.Content.ReadAsStreamAsync(cancellationToken)), mostBytes);
    }

    /// <summary>The next file; null after the last.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: it is larger than what is read.</exception>
    /// <exception cref="IOException">The answer broke off.</exception>
    public async Task<byte[]?> NextAsync(CancellationToken cancellationToken)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        silence.CancelAfter(LongestSilence);
        try
        {
            return await ReadAsync(silence);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new IOException($"Nothing has come for {LongestSilence.TotalSeconds:0} seconds.", error);
        }
    }

    public ValueTask DisposeAsync()
    {
        _response.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<byte[]?> ReadAsync(CancellationTokenSource silence)
    {
        if (await _reader.ReadNextSectionAsync(silence.Token) is not { } section)
        {
            return null;
        }

        using var content = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (await section.Body.ReadAsync(buffer, silence.Token) is > 0 and var read)
        {
            if (content.Length + read > _mostBytes)
            {
                throw OrganSegException.Invalid("dicomWeb", $"names a series with a file of more than {_mostBytes >> 20} MiB, the most that is read.");
            }

            content.Write(buffer, 0, read);
            silence.CancelAfter(LongestSilence);
        }

        return content.ToArray();
    }
}
