using k8s.Models;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>What is deployed to Kubernetes is the topology that the AppHost has, and nothing else.</summary>
public sealed class KubernetesTopologyTests
{
    /// <summary>Keys that Kubernetes adds to every service.</summary>
    private static readonly string[] Added =
        ["POD_NAME", "POD_NAMESPACE", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"];

    /// <summary>Keys that it adds to one service, or on GPUs.</summary>
    private static readonly Dictionary<string, string[]> AddedTo = new()
    {
        ["trainer"] = ["Trainer__CacheMebibytes"],
        ["inference"] = ["Inference__MaxVolumeMebibytes"],
        ["evaluator"] = ["Evaluator__MaxVolumeMebibytes"],
        ["overlays/gpu trainer"] = ["CUDA_CACHE_PATH"],
        ["overlays/gpu inference"] = ["CUDA_CACHE_PATH"],
    };

    /// <summary>Keys that an overlay leaves out.</summary>
    private static readonly Dictionary<string, string[]> LeftOut = new()
    {
        // A folder has no queue; runs wait in the store alone.
        ["overlays/onprem trainer"] = ["ConnectionStrings__queues"],
    };

    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Deployments_OfAnOverlay_AreTheProjectsOfTheTopology(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.Equal(
            TopologyFile.Services.Keys.Order(StringComparer.Ordinal),
            rendered.All<V1Deployment>().Select(found => found.Metadata.Name).Order(StringComparer.Ordinal));
        Assert.All(rendered.Pods, owner => Assert.Equal(
            TopologyFile.Services[owner.Name].Project.ToLowerInvariant(), ImageOf(owner.Container.Image)));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Environment_OfAService_HasTheKeysOfTheTopology(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.Pods, owner =>
        {
            var topology = TopologyFile.Services[owner.Name].Environment;
            string[] expected =
            [
                .. topology.Except(Of(LeftOut, overlay, owner.Name)),
                .. Added, .. Of(AddedTo, overlay, owner.Name),
            ];
            Assert.Equal(expected.Order(StringComparer.Ordinal), owner.Environment.Keys.Order(StringComparer.Ordinal));
            Assert.Null(owner.Container.EnvFrom);
            Assert.Equal(owner.Name, owner.Environment["OTEL_SERVICE_NAME"]);
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Ports_OfAService_AreThoseOfTheTopology(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.Pods, owner =>
        {
            var ports = TopologyFile.Services[owner.Name].Ports;
            Assert.Equal(ports, owner.Container.Ports.ToDictionary(port => port.Name, port => port.ContainerPort));
            Assert.Equal(ports, rendered.One<V1Service>(owner.Name).Spec.Ports.ToDictionary(port => port.Name, port => port.Port));
            Assert.All(ports, port => Assert.Equal($"http://*:{port.Value}", owner.Environment[$"Kestrel__Endpoints__{port.Key}__Url"]));
            Assert.Equal($"{ports["http"]}", owner.Template.Metadata.Annotations["prometheus.io/port"]);
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Addresses_OfOtherServices_AreServicesAndTheirPorts(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        var addresses =
            from owner in rendered.Pods
            from entry in owner.Environment
            let parts = entry.Key.Split("__")
            where parts[0] == "services"
            select (Service: parts[1], Endpoint: parts[2], Address: new Uri(entry.Value!));
        Assert.NotEmpty(addresses);
        Assert.All(addresses, found =>
        {
            // dns:///name:port is gRPC's own resolver, for which the name has to stand for every pod.
            var isResolved = found.Address.Scheme == "dns";
            var target = isResolved ? new Uri($"http://{found.Address.AbsolutePath.TrimStart('/')}") : found.Address;
            var service = rendered.One<V1Service>(target.Host);
            Assert.Equal(isResolved, service.Spec.ClusterIP == "None");
            Assert.Equal(found.Endpoint == "grpc", isResolved);
            Assert.Equal(target.Port, Assert.Single(service.Spec.Ports, port => port.Name == found.Endpoint).Port);
            Assert.Equal(target.Port, TopologyFile.Services[found.Service].Ports[found.Endpoint]);
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Probes_OfAService_AskForItsHealth(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.Pods, owner =>
        {
            var container = owner.Container;
            var check = Assert.Single(TopologyFile.Services[owner.Name].HealthChecks);
            Assert.Equal(check.Path, container.StartupProbe.HttpGet.Path);
            Assert.Equal("/alive", container.LivenessProbe.HttpGet.Path);
            Assert.Equal("/ready", container.ReadinessProbe.HttpGet.Path);
            V1Probe[] probes = [container.StartupProbe, container.LivenessProbe, container.ReadinessProbe];
            Assert.All(probes, probe =>
            {
                Assert.Equal(check.Endpoint, probe.HttpGet.Port.Value);
                Assert.Contains(probe.HttpGet.Path, ServiceSource.HealthPaths());
                Assert.InRange(probe.TimeoutSeconds ?? 1, 5, 30);
            });
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Ingress_OfAnOverlay_LeadsOnlyToWhatIsExternal(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);
        var external = TopologyFile.Projects
            .SelectMany(project => project.Value.GetProperty("endpoints").EnumerateObject()
                .Where(endpoint => endpoint.Value.GetProperty("external").GetBoolean())
                .Select(endpoint => $"{project.Key} {endpoint.Name}"));

        var paths = rendered.All<V1Ingress>().SelectMany(ingress => ingress.Spec.Rules).SelectMany(rule => rule.Http.Paths).ToList();

        Assert.Equal(
            external.Order(StringComparer.Ordinal),
            paths.Select(path => $"{path.Backend.Service.Name} {path.Backend.Service.Port.Name}").Distinct().Order(StringComparer.Ordinal));
        // Metrics and descriptions are on the endpoint that REST is on, and stay inside.
        Assert.All(
            paths.Where(path => path.Backend.Service.Port.Name == "http"), path => Assert.Contains(path.Path, (string[])["/v1", "/v2"]));
    }

    private static string[] Of(Dictionary<string, string[]> exceptions, string overlay, string service) =>
        [.. exceptions.GetValueOrDefault(service, []), .. exceptions.GetValueOrDefault($"{overlay} {service}", [])];

    // organseg-trainer of [registry/…/]organseg-trainer[-cuda]:tag.
    private static string ImageOf(string image)
    {
        var name = image[(image.LastIndexOf('/') + 1)..].Split(':')[0];
        Assert.StartsWith("organseg-", name, StringComparison.Ordinal);
        return name["organseg-".Length..].Replace("-cuda", "");
    }
}
