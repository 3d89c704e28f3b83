using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>Collects the resources of an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>Configuration of the AppHost: environment variables, then command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>What the application was started for.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>Checks the resources and makes them an application.</summary>
    DistributedApplication Build();
}
