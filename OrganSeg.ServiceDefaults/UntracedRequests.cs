namespace OrganSeg.ServiceDefaults;

/// <summary>Requests whose addresses hold what must not reach a trace, such as identifiers of patients.</summary>
public static class UntracedRequests
{
    private static readonly HttpRequestOptionsKey<bool> Key = new("OrganSeg.Untraced");

    /// <summary>Keeps a request out of the traces of this process.</summary>
    public static void DoNotTrace(this HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Set(Key, true);
    }

    internal static bool IsTraced(HttpRequestMessage request) => !request.Options.TryGetValue(Key, out _);
}
