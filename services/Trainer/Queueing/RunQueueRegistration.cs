using Microsoft.Extensions.Options;
using OrganSeg.Storage.Queues;
using OrganSeg.Trainer.Runs;

namespace OrganSeg.Trainer.Queueing;

/// <summary>Chooses the queue: <c>ConnectionStrings:queues</c> where it is set, else this process.</summary>
internal static class RunQueueRegistration
{
    public static void AddRunQueue(this IServiceCollection services) => services.AddSingleton<IRunQueue>(provider =>
        provider.GetRequiredService<IConfiguration>().GetConnectionString("queues") is { } connection && !string.IsNullOrWhiteSpace(connection)
            ? ActivatorUtilities.CreateInstance<AzureRunQueue>(
                provider,
                AzureMessageQueue.Open(connection, provider.GetRequiredService<IOptions<TrainerOptions>>().Value.QueueName))
            : new InProcessRunQueue(provider.GetRequiredService<LiveRuns>()));
}
