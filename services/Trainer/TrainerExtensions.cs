using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.Trainer.Import;
using OrganSeg.Trainer.Publishing;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Queueing;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer;

/// <summary>Wires the Trainer up.</summary>
internal static class TrainerExtensions
{
    /// <summary>The store, the run service and the worker that does the runs.</summary>
    public static TBuilder AddTrainer<TBuilder>(this TBuilder builder)
        where TBuilder : IHostApplicationBuilder
    {
        PatientThreads.Ask();
        ComputeDevice.Prepare();
        builder.AddObjectStore();
        builder.Services.AddOptions<TrainerOptions>()
            .BindConfiguration(TrainerOptions.Section)
            .ValidateDataAnnotations()
            .Validate(options => options.Contradiction is null, new TrainerOptions { StaleAfterSeconds = 0 }.Contradiction!)
            .ValidateOnStart();
        builder.Services.AddSingleton<TrainerTelemetry>();
        builder.Services.AddSingleton<LiveRuns>();
        builder.Services.AddRunQueue();
        builder.Services.AddSingleton<ModelPublisher>();
        builder.Services.AddSingleton<ModelImporter>();
        builder.Services.AddSingleton<ModelQuantization>();
        builder.Services.AddSingleton<FoldRuns>();
        builder.Services.AddSingleton<FoldEnsemble>();
        builder.Services.AddSingleton<RunService>();
        builder.Services.AddSingleton<RunClaims>();
        builder.Services.AddSingleton<TicketClerk>();
        builder.Services.AddSingleton<RunExecutor>();
        builder.Services.AddHostedService<RunWorker>();
        builder.Services.AddHostedService<StoredRunsWatch>();
        builder.AddWatchedFolder("store", ObjectStoreRegistration.FolderOf);
        builder.AddWatchedFolder("spool", services => services.GetRequiredService<IOptions<TrainerOptions>>().Value.SpoolPath);
        builder.AddWatchedFolder("cache", _ => Path.GetTempPath());
        builder.AddReadiness("store", (services, cancellationToken) =>
            services.GetRequiredService<IObjectStore>().FindAsync("runs", "readiness", cancellationToken));
        return builder;
    }
}
