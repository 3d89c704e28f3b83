using Microsoft.Extensions.Hosting;

namespace OrganSeg.Storage;

/// <summary>Has the store made when the host starts, so that a wrong connection string stops it there and then.</summary>
internal sealed class ObjectStoreStart(IObjectStore store) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        _ = store.Identity;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
