using System.Net.Http.Json;
using System.Text.Json;

namespace OrganSeg.Cli.Services;

/// <summary>Finds services that run already and serve the same store.</summary>
internal sealed class RunningServices(Installation installation, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(3);

    /// <summary>How long a service of ours that is being restarted is waited for.</summary>
    private static readonly TimeSpan RestartPatience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    // Loopback addresses are never meant for a proxy.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = AnswerPatience };

    /// <summary>The services that <c>up</c> announced, else those on the default ports; null when they do not answer or
    /// serve another store.</summary>
    public async Task<ServiceAddresses?> FindAsync(Store store, CancellationToken cancellationToken)
    {
        foreach (var candidate in (ServiceAddresses?[])[await ReadAnnouncedAsync(cancellationToken), ServiceAddresses.Default])
        {
            if (candidate is not null && await IsOursAsync(candidate, store, cancellationToken))
            {
                return candidate;
            }
        }

        return null;
    }

    public void Dispose() => _http.Dispose();

    private async Task<ServiceAddresses?> ReadAnnouncedAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var document = JsonDocument.Parse(await File.ReadAllTextAsync(installation.StateFile, cancellationToken));
            return document.RootElement.TryGetProperty("endpoints", out var endpoints) ? ServiceAddresses.Parse(endpoints) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            // Nobody is up, or a crash left half a file: the services themselves decide below.
            return null;
        }
    }

    private async Task<bool> IsOursAsync(ServiceAddresses addresses, Store store, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var answers = await Task.WhenAll(addresses.All.Select(one => AskAsync(one.Name, one.Address, cancellationToken)));
            if (answers.All(answer => answer is not null))
            {
                return answers.All(answer => answer == store.Identity);
            }

            // Some of ours answer: the others are on their way back after a crash.
            if (!answers.Contains(store.Identity) || time.GetElapsedTime(began) > RestartPatience)
            {
                return false;
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }

    /// <summary>The store identity that a service tells, or null when no such service answers.</summary>
    private async Task<string?> AskAsync(string name, ServiceAddress address, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await _http.GetFromJsonAsync<Information>(new Uri(address.Http, "/v1/info"), cancellationToken);
            return answer?.Service == name ? answer.Store : null;
        }
        catch (Exception error) when (error is HttpRequestException or JsonException or TaskCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return null;
        }
    }

    private sealed record Information(string? Service, string? Version, string? Store);
}
