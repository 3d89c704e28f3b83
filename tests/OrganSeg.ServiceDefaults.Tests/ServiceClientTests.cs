using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrganSeg.V1;

namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>The client side: discovery, deadlines and retries, against a real service.</summary>
public sealed class ServiceClientTests
{
    private const string GetModel = "organseg.v1.InferenceService/GetModel";

    [Fact]
    public async Task Call_ServiceKnownByName_IsFoundAndHasDeadline()
    {
        var token = TestContext.Current.CancellationToken;
        var deadline = DateTime.MaxValue;
        await using var service = await TestService.StartAsync(
            (_, context) =>
            {
                deadline = context.Deadline;
                return Task.FromResult(new Model { Name = "found" });
            },
            token);
        using var host = ClientOf(service);

        var model = await host.Services.GetRequiredService<InferenceService.InferenceServiceClient>()
            .GetModelAsync(new GetModelRequest(), cancellationToken: token);

        Assert.Equal("found", model.Name);
        Assert.NotEqual(DateTime.MaxValue, deadline);
    }

    [Fact]
    public async Task Call_IdempotentAndUnavailableTwice_IsRetried()
    {
        var token = TestContext.Current.CancellationToken;
        var calls = 0;
        await using var service = await TestService.StartAsync(
            (_, _) => ++calls < 3
                ? throw new OrganSegException(ErrorKind.Dependency, "store away")
                : Task.FromResult(new Model { Name = "third time" }),
            token);
        using var host = ClientOf(service, GetModel);

        var model = await host.Services.GetRequiredService<InferenceService.InferenceServiceClient>()
            .GetModelAsync(new GetModelRequest(), cancellationToken: token);

        Assert.Equal("third time", model.Name);
        Assert.Equal(3, calls);
    }

    [Fact]
    public async Task Call_NotIdempotentAndUnavailable_IsNotRetried()
    {
        var token = TestContext.Current.CancellationToken;
        var calls = 0;
        await using var service = await TestService.StartAsync(
            (_, _) =>
            {
                calls++;
                throw new OrganSegException(ErrorKind.Dependency, "store away");
            },
            token);
        using var host = ClientOf(service);

        await Assert.ThrowsAsync<RpcException>(() => host.Services
            .GetRequiredService<InferenceService.InferenceServiceClient>()
            .GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);

        Assert.Equal(1, calls);
    }

    private static IHost ClientOf(TestService service, params string[] idempotentMethods)
    {
        var builder = Host.CreateApplicationBuilder([
            $"--services:inference:grpc:0={service.GrpcAddress}", "--Logging:LogLevel:Default=None"]);
        builder.AddServiceDefaults();
        builder.AddOrganSegClient<InferenceService.InferenceServiceClient>("inference", idempotentMethods);
        return builder.Build();
    }
}
