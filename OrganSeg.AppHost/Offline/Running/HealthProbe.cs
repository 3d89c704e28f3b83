namespace OrganSeg.AppHost.Offline;

/// <summary>Asks a service for its health until it is fine.</summary>
internal sealed class HealthProbe(HttpClient client, HostSettings settings, TimeProvider time)
{
    /// <exception cref="HostException">The time is up; the message holds the last answer.</exception>
    public async Task WaitAsync(
        ProjectResource service, Func<string, string, Uri> address, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        foreach (var check in service.HealthChecks)
        {
            var url = new Uri(address(service.Name, check.EndpointName), check.Path);
            while (await AskAsync(url, check.StatusCode, cancellationToken) is { } answer)
            {
                if (time.GetElapsedTime(started).TotalSeconds > settings.HealthTimeoutSeconds)
                {
                    throw new HostException(
                        $"{service.Name} cannot start: it was not healthy after {settings.HealthTimeoutSeconds:0} s "
                        + $"({url}: {answer}).");
                }

                await Task.Delay(TimeSpan.FromSeconds(settings.HealthIntervalSeconds), time, cancellationToken);
            }
        }
    }

    /// <summary>What is wrong, or null when nothing is.</summary>
    private async Task<string?> AskAsync(Uri url, int expected, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await client.GetAsync(url, cancellationToken);
            return (int)response.StatusCode == expected ? null : $"answered {(int)response.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "does not listen";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return "does not answer";
        }
    }
}
