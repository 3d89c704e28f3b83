using Microsoft.Extensions.Options;

namespace OrganSeg.Ingest.Uploads;

/// <summary>Looks for uploads that nobody has touched for long, from time to time.</summary>
internal sealed class UploadExpiry(UploadStore uploads, IOptions<IngestOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var part = TimeSpan.FromHours(options.Value.UploadExpiryHours) / 10;
        using var timer = new PeriodicTimer(part < Shortest ? Shortest : part > Longest ? Longest : part, time);
        do
        {
            await uploads.ExpireAsync(stoppingToken);
            uploads.RemoveAbandoned();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
