namespace OrganSeg.AppHost.Offline;

/// <summary>Where each service listens: service, then endpoint, then URL. Written by the supervisor of the service.</summary>
internal sealed class ServiceAddresses
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, SortedDictionary<string, Uri>> _urls = new(StringComparer.Ordinal);
    private readonly PortAllocator _ports = new();

    public Uri this[string service, string endpoint]
    {
        get
        {
            lock (_lock)
            {
                return _urls[service][endpoint];
            }
        }
    }

    /// <summary>Gives every endpoint of the service a port. Returns the endpoints that could not have the declared one.</summary>
    public IReadOnlyList<(ServiceEndpoint Endpoint, int Port)> Assign(ServiceProject service, bool declared)
    {
        var moved = new List<(ServiceEndpoint, int)>();
        lock (_lock)
        {
            var urls = new SortedDictionary<string, Uri>(StringComparer.Ordinal);
            foreach (var endpoint in service.Endpoints)
            {
                var port = _ports.Take(declared ? endpoint.DeclaredPort : null);
                urls[endpoint.Name] = new Uri($"{endpoint.Scheme}://127.0.0.1:{port}");
                if (declared && port != endpoint.DeclaredPort)
                {
                    moved.Add((endpoint, port));
                }
            }

            _urls[service.Name] = urls;
        }

        return moved;
    }

    /// <summary>A copy of all addresses, in the order of the names; URLs without a trailing slash.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> All()
    {
        lock (_lock)
        {
            var all = new SortedDictionary<string, IReadOnlyDictionary<string, string>>(StringComparer.Ordinal);
            foreach (var (service, urls) in _urls)
            {
                all[service] = new SortedDictionary<string, string>(
                    urls.ToDictionary(pair => pair.Key, pair => Text(pair.Value)), StringComparer.Ordinal);
            }

            return all;
        }
    }

    public static string Text(Uri url) => url.GetLeftPart(UriPartial.Authority);
}
