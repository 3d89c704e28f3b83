using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace OrganSeg.ServiceDefaults;

/// <summary>Typed gRPC clients of other OrganSeg services.</summary>
public static class ServiceClientExtensions
{
    private static readonly TimeSpan UnaryDeadline = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan StreamingDeadline = TimeSpan.FromHours(12);
    private const int MaxMessageBytes = 64 << 20;

    /// <summary>
    /// Registers a client of another service's <c>grpc</c> endpoint, found by service discovery. Calls without a
    /// deadline get one, and the cancellation of the call being served is passed on. Only the methods named as
    /// idempotent are retried, and only when the service was unavailable.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="service">Resource name, such as <c>inference</c>.</param>
    /// <param name="idempotentMethods">Full names, such as <c>organseg.v1.InferenceService/GetModel</c>.</param>
    public static IHttpClientBuilder AddOrganSegClient<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TClient>(
        this IHostApplicationBuilder builder, string service, params string[] idempotentMethods)
        where TClient : ClientBase
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        return builder.Services
            .AddGrpcClient<TClient>(options => options.Address = new Uri($"http://_grpc.{service}"))
            .ConfigureChannel(channel =>
            {
                channel.MaxReceiveMessageSize = MaxMessageBytes;
                channel.MaxSendMessageSize = MaxMessageBytes;
                channel.ServiceConfig = RetryOf(idempotentMethods);
            })
            .AddInterceptor(provider => new DeadlineInterceptor(
                provider.GetRequiredService<TimeProvider>(), UnaryDeadline, StreamingDeadline))
            .EnableCallContextPropagation(options => options.SuppressContextNotFoundErrors = true);
    }

    private static ServiceConfig RetryOf(string[] methods)
    {
        var configuration = new ServiceConfig();
        if (methods.Length > 0)
        {
            var retried = new MethodConfig
            {
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = 4,
                    InitialBackoff = TimeSpan.FromMilliseconds(200),
                    MaxBackoff = TimeSpan.FromSeconds(3),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            };
            foreach (var method in methods)
            {
                var parts = method.Split('/');
                retried.Names.Add(new MethodName { Service = parts[0], Method = parts[1] });
            }

            configuration.MethodConfigs.Add(retried);
        }

        return configuration;
    }
}
