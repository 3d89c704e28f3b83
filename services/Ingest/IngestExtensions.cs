using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using OrganSeg.Ingest.Auditing;
using OrganSeg.Ingest.DicomWeb;
using OrganSeg.Ingest.Export;
using OrganSeg.Ingest.Import;
using OrganSeg.Ingest.Privacy;
using OrganSeg.Ingest.Spooling;
using OrganSeg.Ingest.Uploads;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;

namespace OrganSeg.Ingest;

/// <summary>All wiring of the Ingest service, on top of the service defaults and an object store.</summary>
internal static class IngestExtensions
{
    public static IHostApplicationBuilder AddIngest(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<IngestOptions>()
            .BindConfiguration(IngestOptions.Section)
            .ValidateDataAnnotations()
            .Validate(
                settings => settings.DicomWeb.Values.All(server => server?.Url is { IsAbsoluteUri: true, Scheme: "http" or "https" }),
                "Ingest:DicomWeb:NAME:Url must be there for every server and be a whole address, such as https://pacs.hospital.example/dicom-web.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IngestTelemetry>();
        builder.AddWatchedFolder("store", ObjectStoreRegistration.FolderOf);
        builder.AddWatchedFolder("spool", services => services.GetRequiredService<IOptions<IngestOptions>>().Value.SpoolPath);
        builder.AddWatchedFolder("uploads", services => services.GetRequiredService<IOptions<IngestOptions>>().Value.UploadPath);
        builder.Services.AddSingleton<SpoolFolder>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SpoolFolder>());
        builder.Services.AddSingleton<PseudonymKey>();
        builder.Services.AddSingleton<Intake>();
        builder.Services.AddSingleton<UploadStore>();
        builder.Services.AddHostedService(services => services.GetRequiredService<UploadStore>());
        builder.Services.AddHostedService<UploadExpiry>();
        builder.Services.AddSingleton<DatasetImporter>();
        builder.Services.AddSingleton<ImportLog>();
        builder.Services.AddSingleton<ImportAudit>();
        builder.AddDicomWeb();
        builder.Services.AddSingleton<DatasetExporter>();
        return builder;
    }

    public static WebApplication MapIngest(this WebApplication app)
    {
        // Else it would show nothing before the first call, and what scales by it would not know that there is nothing to do.
        _ = app.Services.GetRequiredService<IngestTelemetry>();
        app.MapServiceDefaults(app.Services.GetRequiredService<IObjectStore>().Identity);
        app.MapGrpcService<IngestApi>();
        app.MapGrpcService<UploadApi>();
        return app;
    }
}
