using System.Security.Authentication;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
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

    [Fact]
    public async Task Call_AddressForDns_IsLookedUpByGrpc()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync((_, _) => Task.FromResult(new Model { Name = "found" }), token);
        using var host = ClientOf($"dns:///localhost:{service.GrpcAddress.Port}");

        var model = await host.Services.GetRequiredService<InferenceService.InferenceServiceClient>()
            .GetModelAsync(new GetModelRequest(), cancellationToken: token);

        Assert.Equal("found", model.Name);
    }

    [Fact(Timeout = 60_000)]
    public async Task Call_AddressOfSeveralReplicas_GoesRoundThem()
    {
        var token = TestContext.Current.CancellationToken;
        var calls = new int[2];
        await using var first = await TestService.StartAsync((_, _) => Task.FromResult(new Model { Name = $"{++calls[0]}" }), token);
        await using var second = await TestService.StartAsync((_, _) => Task.FromResult(new Model { Name = $"{++calls[1]}" }), token);
        // What DNS tells where a name stands for several pods; on one machine no name has two ports.
        using var host = ClientOf("static:///inference", services => services.AddSingleton<ResolverFactory>(new StaticResolverFactory(
            _ => [new BalancerAddress("127.0.0.1", first.GrpcAddress.Port), new BalancerAddress("127.0.0.1", second.GrpcAddress.Port)])));

        async Task CallAsync() =>
            // A client for each call, as the Evaluator has one for each evaluation.
            await host.Services.GetRequiredService<InferenceService.InferenceServiceClient>()
                .GetModelAsync(new GetModelRequest(), cancellationToken: token);

        // Until there is a connection to both, all calls go by the one.
        while (calls.Contains(0))
        {
            await CallAsync();
        }

        var before = calls.ToArray();
        for (var i = 0; i < 10; i++)
        {
            await CallAsync();
        }

        Assert.Equal([before[0] + 5, before[1] + 5], calls);
    }

    [Fact]
    public async Task Call_AddressWithHttps_UsesTls()
    {
        var token = TestContext.Current.CancellationToken;
        await using var service = await TestService.StartAsync((_, _) => Task.FromResult(new Model { Name = "found" }), token);
        using var host = ClientOf($"https://127.0.0.1:{service.GrpcAddress.Port}");

        var error = await Assert.ThrowsAsync<RpcException>(() => host.Services
            .GetRequiredService<InferenceService.InferenceServiceClient>()
            .GetModelAsync(new GetModelRequest(), cancellationToken: token).ResponseAsync);

        // The service speaks no TLS, so nothing but the attempt can be seen.
        Assert.IsType<AuthenticationException>(error.Status.DebugException!.GetBaseException(), exactMatch: false);
    }

    private static IHost ClientOf(TestService service, params string[] idempotentMethods) =>
        ClientOf(service.GrpcAddress.ToString(), _ => { }, idempotentMethods);

    private static IHost ClientOf(string address, Action<IServiceCollection>? configure = null, params string[] idempotentMethods)
    {
        var builder = Host.CreateApplicationBuilder([$"--services:inference:grpc:0={address}", "--Logging:LogLevel:Default=None"]);
        builder.AddServiceDefaults();
        builder.AddOrganSegClient<InferenceService.InferenceServiceClient>("inference", idempotentMethods);
        configure?.Invoke(builder.Services);
        return builder.Build();
    }
}
