var builder = DistributedApplication.CreateBuilder(args);

// Everything that lasts is a blob: in the store that the configuration names, or else in one of our own.
IResourceBuilder<IResourceWithConnectionString> blobs =
    string.IsNullOrWhiteSpace(builder.Configuration["ConnectionStrings:blobs"])
        ? builder.AddAzureStorage("storage").RunAsEmulator().AddBlobs("blobs")
        : builder.AddConnectionString("blobs");

builder.AddProject<Projects.Ingest>("ingest")
    .WithReference(blobs)
    .WaitFor(blobs)
    .WithHttpHealthCheck("/health", endpointName: "http");

builder.AddProject<Projects.Trainer>("trainer")
    .WithReference(blobs)
    .WaitFor(blobs)
    .WithHttpHealthCheck("/health", endpointName: "http");

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
