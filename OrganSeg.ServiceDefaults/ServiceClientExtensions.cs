using System.Diagnostics.CodeAnalysis;
using Grpc.Core;
using Grpc.Net.Client.Balancer;
using Grpc.Net.Client.Configuration;
using Microsoft.Extensions.Configuration;
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

    /// <summary>From one look for new replicas to the next.</summary>
    private static readonly TimeSpan ResolutionInterval = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Registers a client of another service's <c>grpc</c> endpoint, found by service discovery. Calls without a
    /// deadline get one, and the cancellation of the call being served is passed on. Only the methods named as
    /// idempotent are retried, and only when the service was unavailable. Where <c>services:{service}:grpc:0</c> is an address
    /// of gRPC's own, such as <c>dns:///name:port</c>, calls go round all replicas that its name stands for; where it begins with
    /// <c>https</c>, calls use TLS.
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
        builder.Services.TryAddEnumerable(
            ServiceDescriptor.Singleton<ResolverFactory, DnsResolverFactory>(_ => new DnsResolverFactory(ResolutionInterval)));
        return builder.Services
            .AddGrpcClient<TClient>((provider, options) =>
                options.Address = BalancedAddressOf(provider, service) ?? new Uri($"{SchemeOf(provider, service)}://_grpc.{service}"))
            .ConfigureChannel((provider, channel) =>
            {
                channel.MaxReceiveMessageSize = MaxMessageBytes;
                channel.MaxSendMessageSize = MaxMessageBytes;
                channel.ServiceConfig = RetryOf(idempotentMethods);
                if (BalancedAddressOf(provider, service) is not null)
                {
                    // Such an address does not say whether there is TLS; within a cluster there is none. The balancer makes
                    // its own connections, so it takes no handler that others configure, as service discovery does.
                    channel.Credentials = ChannelCredentials.Insecure;
                    channel.HttpHandler = new SocketsHttpHandler { EnableMultipleHttp2Connections = true };
                    channel.DisposeHttpClient = true;
                    channel.ServiceConfig.LoadBalancingConfigs.Add(new RoundRobinConfig());
                }
            })
            .AddInterceptor(provider => new DeadlineInterceptor(
                provider.GetRequiredService<TimeProvider>(), UnaryDeadline, StreamingDeadline))
            .EnableCallContextPropagation(options => options.SuppressContextNotFoundErrors = true);
    }

    /// <summary>Service discovery finds a host and a port; whether there is TLS says the address that it was given.</summary>
    private static string SchemeOf(IServiceProvider provider, string service) =>
        Uri.TryCreate(ConfiguredAddressOf(provider, service), UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps
            ? Uri.UriSchemeHttps
            : Uri.UriSchemeHttp;

    private static string? ConfiguredAddressOf(IServiceProvider provider, string service) =>
        provider.GetRequiredService<IConfiguration>()[$"services:{service}:grpc:0"];

    /// <summary>The service's address where gRPC itself is to look it up; null where service discovery is.</summary>
    private static Uri? BalancedAddressOf(IServiceProvider provider, string service) =>
        Uri.TryCreate(ConfiguredAddressOf(provider, service), UriKind.Absolute, out var address)
        && address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps
            ? address
            : null;

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
