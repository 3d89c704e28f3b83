using Microsoft.Extensions.Configuration;
using OrganSeg.AppHost.Offline;

namespace Aspire.Hosting;

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly Dictionary<string, IResource> _resources = new(StringComparer.OrdinalIgnoreCase);

    public DistributedApplicationBuilder(string[] args)
    {
        Switches = HostSwitches.Parse(args);
        Configuration = new ConfigurationManager();
        Configuration.AddEnvironmentVariables().AddCommandLine(Switches.Configuration);
    }

    public ConfigurationManager Configuration { get; }

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new();

    public HostSwitches Switches { get; }

    public IReadOnlyCollection<IResource> Resources => _resources.Values;

    public DistributedApplication Build()
    {
        StartOrder.Check([.. _resources.Values.OfType<ProjectResource>()]);
        return new DistributedApplication(this);
    }

    public IResourceBuilder<T> Add<T>(T resource)
        where T : IResource
    {
        if (!_resources.TryAdd(resource.Name, resource))
        {
            throw new InvalidOperationException($"There are two resources named '{resource.Name}'.");
        }

        return new ResourceBuilder<T>(this, resource);
    }
}
