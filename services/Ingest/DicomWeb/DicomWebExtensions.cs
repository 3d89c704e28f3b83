using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace OrganSeg.Ingest.DicomWeb;

/// <summary>Wiring of the DICOMweb client.</summary>
internal static class DicomWebExtensions
{
    private const int Retries = 3;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(5);

    // To the head of an answer: servers look for a series in their archive before it begins.
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    public static IHostApplicationBuilder AddDicomWeb(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpClient<DicomWebClient>(client => client.Timeout = Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLifetime })
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            // They write addresses, which hold identifiers of patients.
            .RemoveAllLoggers()
            .AddResilienceHandler("dicomweb", pipeline => pipeline
                .AddRetry(new HttpRetryStrategyOptions { MaxRetryAttempts = Retries, Delay = FirstDelay, BackoffType = DelayBackoffType.Exponential, UseJitter = true })
                .AddTimeout(LongestWait));
        return builder;
    }
}
