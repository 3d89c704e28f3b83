using Azure.Core;
using Azure.Identity;

namespace OrganSeg.Storage;

/// <summary>How a connection string of Azure Storage becomes a client, by the same rules for blobs and queues.</summary>
internal static class AzureConnection
{
    /// <param name="setting">The connection string's name in the configuration, for errors.</param>
    /// <param name="connection">A connection string, or the URI of the service.</param>
    /// <param name="expected">What it may be, for errors.</param>
    /// <param name="fromText">Client of a connection string.</param>
    /// <param name="fromUri">Client of a URI that is a credential itself.</param>
    /// <param name="fromIdentity">Client of a URI to which the process signs in with the credentials of its environment.</param>
    /// <exception cref="OrganSegException">Invalid, naming the setting; never with the connection string, which has the key.</exception>
    public static T Open<T>(
        string setting,
        string connection,
        string expected,
        Func<string, T> fromText,
        Func<Uri, T> fromUri,
        Func<Uri, TokenCredential, T> fromIdentity)
    {
        if (Uri.TryCreate(connection, UriKind.Absolute, out Uri? uri) && uri.Scheme is "https" or "http")
        {
            // A shared access signature in the URI is a credential itself; a token must not go over plain HTTP.
            return uri!.Query.Length > 0
                ? fromUri(uri)
                : uri.Scheme == Uri.UriSchemeHttps
                    ? fromIdentity(uri, new DefaultAzureCredential())
                    : throw OrganSegException.Invalid(setting, "A service URI without a shared access signature has to be https.");
        }

        try
        {
            return fromText(connection);
        }
        catch (Exception e) when (e is FormatException or ArgumentException or InvalidOperationException)
        {
            // The exception's text may hold the key; it stays out of the message and of the inner exception.
            throw OrganSegException.Invalid(setting, $"It is neither {expected}.");
        }
    }
}
