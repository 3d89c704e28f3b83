using OrganSeg.Evaluator.Honesty;
using OrganSeg.Evaluator.Predictions;
using OrganSeg.Evaluator.Reports;
using OrganSeg.Evaluator.Robustness;
using OrganSeg.Evaluator.Rpc;
using OrganSeg.Evaluator.Volumes;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Evaluator;

/// <summary>The service's wiring.</summary>
public static class EvaluatorExtensions
{
    /// <summary>Registers everything behind <c>organseg.v1.EvaluatorService</c>, on an object store added before.</summary>
    /// <param name="builder">The host.</param>
    public static IHostApplicationBuilder AddEvaluator(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<EvaluatorOptions>()
            .BindConfiguration(EvaluatorOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        builder.Services.AddSingleton<EvaluatorTelemetry>();
        builder.Services.AddSingleton<NearDuplicateSearch>();
        builder.Services.AddSingleton<ModelCardWriter>();
        builder.Services.AddSingleton<ReportWriter>();
        builder.Services.AddSingleton<MeasurementStore>();
        // With the generated client, which belongs to a call.
        builder.Services.AddTransient<InferencePredictor>();
        builder.Services.AddTransient<RobustnessSweep>();
        builder.Services.AddTransient<Evaluation>();
        builder.Services.AddTransient<Scoring>();
        builder.AddOrganSegClient<InferenceService.InferenceServiceClient>(
            "inference", "organseg.v1.InferenceService/GetModel");
        builder.AddWatchedFolder("store", ObjectStoreRegistration.FolderOf);
        builder.AddReadiness("store", async (services, cancellationToken) =>
        {
            var store = services.GetRequiredService<IObjectStore>();
            await store.FindAsync("reports", "readiness/report.json", cancellationToken);
        });
        return builder;
    }

    /// <summary>Maps the gRPC service, and with it its REST form.</summary>
    /// <param name="app">The service.</param>
    public static WebApplication MapEvaluator(this WebApplication app)
    {
        // Else it would show nothing before the first call, and what scales by it would not know that there is nothing to do.
        _ = app.Services.GetRequiredService<EvaluatorTelemetry>();
        app.MapGrpcService<EvaluatorGrpc>();
        return app;
    }
}
