using System.Runtime.CompilerServices;
using Azure;
using Azure.Identity;

namespace OrganSeg.Storage;

/// <summary>Wraps what the Azure SDK throws.</summary>
internal static class AzureErrors
{
    /// <summary>The error an exception of the SDK stands for; null when it is none.</summary>
    public static OrganSegException? Translate(Exception exception) => exception switch
    {
        RequestFailedException { Status: 401 or 403 } => Nameless(
            ErrorKind.Dependency,
            "The blob service refused the credentials; check ConnectionStrings:blobs and the rights of its account.",
            exception),
        AuthenticationFailedException => Nameless(
            ErrorKind.Dependency,
            "No credentials for the blob service were found; sign in or give ConnectionStrings:blobs an account key.",
            exception),
        RequestFailedException { Status: 412 } => Nameless(
            ErrorKind.NotReady, "The blob was changed by someone else meanwhile; try again.", exception),
        RequestFailedException { Status: 0 } => Unreachable(exception),
        RequestFailedException failed => Nameless(
            ErrorKind.Dependency,
            $"The blob service failed with status {failed.Status} ({failed.ErrorCode ?? "no code"}); try again later.",
            exception),
        // After its last retry the SDK throws all failures together.
        AggregateException several when several.InnerExceptions.Count > 0
            && several.InnerExceptions[^1] is not OperationCanceledException =>
            Translate(several.InnerExceptions[^1]) ?? Unreachable(exception),
        IOException or HttpRequestException or TimeoutException => Unreachable(exception),
        // The SDK's own timeout of a request; the caller's cancellation carries the caller's token.
        TaskCanceledException { InnerException: TimeoutException } => Unreachable(exception),
        _ => null,
    };

    /// <summary>An ETag as the text that every answer of the service agrees on, without quotes.</summary>
    public static string Plain(ETag etag) => etag.ToString().Trim('"');

    /// <summary>Wraps the failures of a listing; that of a container that does not exist is empty.</summary>
    public static async IAsyncEnumerable<T> GuardAsync<T>(
        AsyncPageable<T> items, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : notnull
    {
        await using IAsyncEnumerator<T> enumerator = items.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await enumerator.MoveNextAsync())
                {
                    yield break;
                }
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                yield break;
            }
            catch (Exception e) when (Translate(e) is { } known)
            {
                throw known;
            }

            yield return enumerator.Current;
        }
    }

    /// <summary>What is said here is about the service, never about a blob.</summary>
    private static OrganSegException Nameless(ErrorKind kind, string message, Exception exception) =>
        new(kind, message, exception) { IsNameless = true };

    private static OrganSegException Unreachable(Exception exception) => Nameless(
        ErrorKind.Dependency,
        "The blob service does not answer; check that it runs and that ConnectionStrings:blobs names it.",
        exception);
}
