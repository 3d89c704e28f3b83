var builder = DistributedApplication.CreateBuilder(args);

// Everything that lasts is a blob, and runs are announced in a queue: in the account that the configuration names, or
// else in one of our own. Blobs of the configuration without queues are enough; runs then wait in the store alone.
var storage = string.IsNullOrWhiteSpace(builder.Configuration["ConnectionStrings:blobs"])
    ? builder.AddAzureStorage("storage").RunAsEmulator()
    : null;
IResourceBuilder<IResourceWithConnectionString> blobs =
    storage?.AddBlobs("blobs") ?? builder.AddConnectionString("blobs");
IResourceBuilder<IResourceWithConnectionString>? queues =
    string.IsNullOrWhiteSpace(builder.Configuration["ConnectionStrings:queues"])
        ? storage?.AddQueues("queues")
        : builder.AddConnectionString("queues");

builder.AddProject<Projects.Ingest>("ingest")
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
builder.AddProject<Projects.Evaluator>("evaluator")
    .WithReference(blobs)
    .WithReference(inference)
    .WaitFor(blobs)
    .WaitFor(inference)
    .WithHttpHealthCheck("/health", endpointName: "http");

await builder.Build().RunAsync();
