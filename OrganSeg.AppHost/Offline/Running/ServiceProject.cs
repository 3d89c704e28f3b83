using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost.Offline;

/// <summary>A built service: its assembly beside the AppHost's own output, and the endpoints it declares.</summary>
internal sealed record ServiceProject(string Name, string Assembly, IReadOnlyList<ServiceEndpoint> Endpoints)
{
    /// <exception cref="HostException">The service is not built, or declares no endpoint.</exception>
    public static ServiceProject Load(ProjectResource resource)
    {
        // artifacts/<flavour>/bin/<project>/<configuration>/
        var own = new DirectoryInfo(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory));
        var project = Path.GetFileNameWithoutExtension(resource.ProjectPath);
        var assembly = Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, project + ".dll");
        if (!File.Exists(assembly))
        {
            throw new HostException(
                $"{resource.Name} cannot start: {assembly} does not exist. Build it: dotnet build OrganSeg.Aspire.sln -c Release");
        }

        var settings = Path.Combine(Path.GetDirectoryName(assembly)!, "appsettings.json");
        var endpoints = new ConfigurationBuilder().AddJsonFile(settings, optional: true).Build()
            .GetSection("Kestrel:Endpoints").GetChildren()
            .Select(section => Read(resource.Name, section))
            .OrderBy(endpoint => endpoint.Name, StringComparer.Ordinal)
            .ToArray();
        return endpoints.Length > 0
            ? new ServiceProject(resource.Name, assembly, endpoints)
            : throw new HostException($"{resource.Name} cannot start: {settings} declares no Kestrel:Endpoints.");
    }

    private static ServiceEndpoint Read(string service, IConfigurationSection section)
    {
        // BindingAddress understands what Kestrel does, such as a star for the host.
        if (section["Url"] is not { Length: > 0 } url)
        {
            throw new HostException($"{service} cannot start: its {section.Path} has no Url.");
        }

        var address = Microsoft.AspNetCore.Http.BindingAddress.Parse(url);
        var http2 = string.Equals(section["Protocols"], "Http2", StringComparison.OrdinalIgnoreCase);
        return new ServiceEndpoint(section.Key, address.Scheme, http2 ? "http2" : "http", address.Port);
    }
}
