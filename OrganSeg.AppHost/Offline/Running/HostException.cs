namespace OrganSeg.AppHost.Offline;

/// <summary>A failure that the user can do something about; the message says what.</summary>
internal sealed class HostException(string message, Exception? inner = null) : Exception(message, inner);
