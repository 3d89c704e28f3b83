namespace OrganSeg.Storage;

/// <summary>What a connection string tells before anything is sent or written.</summary>
public static class ObjectStoreConnection
{
    /// <summary>Identity of the store that a connection string names: equal to the one its services tell.</summary>
    /// <param name="connection"><c>folder=PATH</c>, an Azure Storage connection string, or the URI of a blob service.</param>
    /// <param name="baseDirectory">What a relative folder counts from.</param>
    /// <returns>64 hexadecimal digits that reveal neither path nor account.</returns>
    /// <exception cref="OrganSegException">Invalid: it is none of these.</exception>
    public static string Identity(string connection, string baseDirectory) => Open(connection, baseDirectory, TimeProvider.System).Identity;

    /// <summary>The store that a connection string names.</summary>
    /// <param name="connection"><c>folder=PATH</c>, an Azure Storage connection string, or the URI of a blob service.</param>
    /// <param name="baseDirectory">What a relative folder counts from.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="OrganSegException">Invalid: it is none of these.</exception>
    public static IObjectStore Open(string connection, string baseDirectory, TimeProvider time) =>
        ObjectStoreRegistration.Open(connection, baseDirectory, time);
}
