using OrganSeg.Inference.OpenInference;
using OrganSeg.Inference.Rpc;
using OrganSeg.Inference.Serving;
using OrganSeg.OpenInference;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace OrganSeg.Inference;

/// <summary>The service's wiring.</summary>
public static class InferenceExtensions
{
    /// <summary>Registers everything behind <c>organseg.v1.InferenceService</c> and the Open Inference Protocol, on an object store added before.</summary>
    /// <param name="builder">The host.</param>
    public static IHostApplicationBuilder AddInference(this IHostApplicationBuilder builder)
    {
        NativeMemory.ReturnLargeBlocks();
        builder.Services.AddOptions<InferenceOptions>()
            .BindConfiguration(InferenceOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<ServingStatistics>();
        builder.Services.AddSingleton<InferenceTelemetry>();
        builder.Services.AddSingleton<NameCache>();
        builder.Services.AddSingleton<ModelVariants>();
        builder.Services.AddSingleton<ModelCertificates>();
        builder.Services.AddSingleton<ModelLoader>();
        builder.Services.AddSingleton<ModelPool>();
        builder.Services.AddSingleton<ModelAdministration>();
        builder.Services.AddSingleton<ShadowComparer>();
        builder.Services.AddSingleton<ModelRouter>();
        builder.Services.AddSingleton<Segmenter>();
        builder.Services.AddSingleton<VolumeSegmenter>();
        builder.Services.AddSingleton<ModelRepository>();
        builder.Services.AddSingleton<ServingReadiness>();
        builder.Services.AddSingleton<OpenInferenceServer>();
        builder.Services.AddSingleton<ModelInspection>();
        builder.Services.AddSingleton<InferStream>();
        builder.Services.AddSingleton<OpenInferenceRest>();
        builder.Services.Configure<SwaggerGenOptions>(swagger => swagger.DocumentFilter<OpenInferenceDocument>());
        builder.Services.AddHostedService<ShippedModels>();
        builder.Services.AddHostedService<ModelPreloader>();
        builder.Services.AddHostedService<ModelSweeper>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ShadowComparer>());
        builder.AddWatchedFolder("store", ObjectStoreRegistration.FolderOf);
        builder.AddReadiness("store", async (services, cancellationToken) =>
        {
            var store = services.GetRequiredService<IObjectStore>();
            await store.FindAsync("models", "aliases/production.json", cancellationToken);
        });
        builder.AddServing(
            "models",
            (services, cancellationToken) => services.GetRequiredService<ServingReadiness>().ProbeAsync(cancellationToken),
            (services, cancellationToken) => services.GetRequiredService<ServingReadiness>().GlanceAsync(cancellationToken),
            V1.InferenceService.Descriptor.FullName,
            GRPCInferenceService.Descriptor.FullName);
        return builder;
    }

    /// <summary>Maps the gRPC services and their REST forms.</summary>
    /// <param name="app">The service.</param>
    public static WebApplication MapInference(this WebApplication app)
    {
        app.Services.GetRequiredService<InferenceTelemetry>().Observe(app.Services.GetRequiredService<ModelPool>().Loaded);
        app.MapGrpcService<InferenceGrpc>();
        app.MapGrpcService<OpenInferenceGrpc>();
        OpenInferenceRest.Map(app);
        return app;
    }
}
