using Grpc.AspNetCore.HealthChecks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;

namespace OrganSeg.ServiceDefaults;

/// <summary>
/// What orchestrators and load balancers ask. <c>/alive</c>: the process answers. <c>/health</c>, and gRPC health of the
/// empty name: it can work. <c>/ready</c>, and gRPC health of a service's name: it has what it is there to serve.
/// </summary>
public static class HealthExtensions
{
    private const string Live = "live";
    private const string Serving = "serving";
    private const string Probe = "probe";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Adds a check that must pass before the service counts as healthy, and as ready.</summary>
    /// <typeparam name="TBuilder">The host builder.</typeparam>
    /// <param name="builder">The host.</param>
    /// <param name="name">Name of what is checked, such as <c>store</c>.</param>
    /// <param name="check">Returns when it is fine and throws when it is not.</param>
    public static TBuilder AddReadiness<TBuilder>(
        this TBuilder builder, string name, Func<IServiceProvider, CancellationToken, Task> check)
        where TBuilder : IHostApplicationBuilder
    {
        Add(builder, name, check);
        return builder;
    }

    /// <summary>
    /// Adds what must be there before the service counts as ready, beyond being healthy: without it requests would be sent
    /// to it in vain, but it is no reason to start it anew.
    /// </summary>
    /// <typeparam name="TBuilder">The host builder.</typeparam>
    /// <param name="builder">The host.</param>
    /// <param name="name">Name of what is checked, such as <c>models</c>.</param>
    /// <param name="probe">Returns when it is there and throws when it is not; asked by probes alone, so it may do work.</param>
    /// <param name="glance">The same at a glance, for those who watch gRPC health: it is asked all the time.</param>
    /// <param name="grpcServices">Full names of the gRPC services whose health this is.</param>
    public static TBuilder AddServing<TBuilder>(
        this TBuilder builder,
        string name,
        Func<IServiceProvider, CancellationToken, Task> probe,
        Func<IServiceProvider, CancellationToken, Task> glance,
        params string[] grpcServices)
        where TBuilder : IHostApplicationBuilder
    {
        Add(builder, name, probe, Serving, Probe);
        Add(builder, name + " at a glance", glance, Serving);
        builder.Services.Configure<GrpcHealthChecksOptions>(options =>
        {
            foreach (var service in grpcServices)
            {
                options.Services.Map(service, _ => true);
            }
        });
        return builder;
    }

    internal static void AddHealthDefaults(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), [Live]);
        builder.Services.Configure<HealthCheckPublisherOptions>(options =>
        {
            options.Delay = TimeSpan.Zero;
            options.Period = TimeSpan.FromSeconds(5);
            options.Predicate = check => !check.Tags.Contains(Probe);
        });
        builder.Services.Configure<GrpcHealthChecksOptions>(options =>
            options.Services.Map("", check => !check.Tags.Contains(Serving)));
    }

    internal static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains(Live) });
        app.MapHealthChecks("/health", new HealthCheckOptions { Predicate = check => !check.Tags.Contains(Serving) });
        app.MapHealthChecks("/ready");
        app.MapGrpcHealthChecksService();
    }

    private static void Add(
        IHostApplicationBuilder builder, string name, Func<IServiceProvider, CancellationToken, Task> check, params string[] tags) =>
        builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            name, services => new Readiness(services, check), HealthStatus.Unhealthy, tags, Patience));

    private sealed class Readiness(IServiceProvider services, Func<IServiceProvider, CancellationToken, Task> check)
        : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(
            HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            // Whoever probes, and however often: it is no work of anybody's.
            using var quiet = QuietWork.Start();
            try
            {
                await check(services, cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (OrganSegException error)
            {
                return new HealthCheckResult(context.Registration.FailureStatus, error.Message);
            }
        }
    }
}
