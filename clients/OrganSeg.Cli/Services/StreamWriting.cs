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
        catch (Exception error) when (error is IOException or HttpRequestException)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, error.Message, error), error.Message);
        }
    }
}
