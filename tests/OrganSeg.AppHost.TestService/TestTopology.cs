#if !ASPIRE
using Aspire.Hosting;

namespace OrganSeg.AppHost.TestService;

/// <summary>Three services, all of them this program: <c>second</c> refers to <c>first</c> and waits for it.</summary>
internal static class TestTopology
{
    public static Task RunAsync(string[] args)
    {
        var builder = DistributedApplication.CreateBuilder(args);
        var blobs = builder.AddConnectionString("blobs");
        var first = builder.AddProject<ThisProject>("first")
            .WithReference(blobs)
            .WithHttpHealthCheck("/health", endpointName: "http");
        builder.AddProject<ThisProject>("second")
            .WithReference(blobs)
            .WithReference(first)
            .WaitFor(first)
            .WithEnvironment("TEST_SETTING", "as given")
            .WithEnvironment("TEST_EMPTY", null)
            .WithHttpHealthCheck("/health");
        builder.AddProject<ThisProject>("third").WithHttpHealthCheck("/health");
        return builder.Build().RunAsync();
    }

    private sealed class ThisProject : IProjectMetadata
    {
        public string ProjectPath => "OrganSeg.AppHost.TestService.csproj";
    }
}
#endif
