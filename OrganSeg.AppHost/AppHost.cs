var builder = DistributedApplication.CreateBuilder(args);

// Everything that lasts is a blob, and runs are announced in a queue: in the account that the configuration names, or
// else in one of our own, for which an emulator stands locally. Whoever installs the chart for Kubernetes brings the
// account along. Blobs of the configuration without queues are enough; runs then wait in the store alone.
var forKubernetes = builder.ExecutionContext.IsPublishMode && builder.Configuration["target"] is null or "k8s";
var storage = string.IsNullOrWhiteSpace(builder.Configuration["ConnectionStrings:blobs"]) && !forKubernetes
    ? builder.AddAzureStorage("storage").RunAsEmulator()
    : null;
IResourceBuilder<IResourceWithConnectionString> blobs =
    storage?.AddBlobs("blobs") ?? builder.AddConnectionString("blobs");
IResourceBuilder<IResourceWithConnectionString>? queues =
    string.IsNullOrWhiteSpace(builder.Configuration["ConnectionStrings:queues"]) && !forKubernetes
        ? storage?.AddQueues("queues")
        : builder.AddConnectionString("queues");

// 16 MiB, in hexadecimal, between collections of what lives shortly. By itself the collector waits for as much as the processor has
// cache, which on large machines is more than the volume that is read. The runtime takes it from the environment only.
var ingest = builder.AddProject<Projects.Ingest>("ingest")
    .WithEnvironment("DOTNET_GCgen0size", "1000000")
    .WithReference(blobs)
    .WaitFor(blobs)
    .WithHttpHealthCheck("/health", endpointName: "http");

var trainer = builder.AddProject<Projects.Trainer>("trainer")
    .WithReference(blobs)
    .WaitFor(blobs)
    .WithHttpHealthCheck("/health", endpointName: "http");
if (queues is not null)
{
    trainer.WithReference(queues).WaitFor(queues);
}

var inference = builder.AddProject<Projects.Inference>("inference")
    .WithReference(blobs)
    .WaitFor(blobs)
    .WithHttpHealthCheck("/health", endpointName: "http")
    .WithExternalHttpEndpoints();

// What is deployed is what is measured: the evaluator predicts through the inference service.
var evaluator = builder.AddProject<Projects.Evaluator>("evaluator")
    .WithReference(blobs)
    .WithReference(inference)
    .WaitFor(blobs)
    .WaitFor(inference)
    .WithHttpHealthCheck("/health", endpointName: "http");

#if ASPIRE
if (builder.Configuration["topology"] is { Length: > 0 } file)
{
    await builder.WriteTopologyAsync(file);
    return;
}

builder.AddDeployment(ingest, trainer, inference, evaluator);
#endif

await builder.Build().RunAsync();
