using Grpc.Core;

namespace OrganSeg.Cli.Services;

/// <summary>Writing to a service that may go away meanwhile.</summary>
internal static class StreamWriting
{
    /// <summary>Writes one message.</summary>
    /// <exception cref="RpcException">
    /// Unavailable: the connection broke. The transport throws what a file on disk could throw too; this tells them apart.
    /// </exception>
    public static async Task SendAsync<T>(this IClientStreamWriter<T> requests, T request, CancellationToken cancellationToken)
    {
        try
        {
            await requests.WriteAsync(request, cancellationToken);
        }
        // HTTP/2 of .NET loses a reference when the other side ends the call in the middle of a write.
        catch (Exception error) when (error is IOException or HttpRequestException or NullReferenceException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, error.Message, error), error.Message);
        }
    }
}
