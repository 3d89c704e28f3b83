using Aspire.Hosting.Kubernetes;
using Aspire.Hosting.Kubernetes.Resources;
using Azure.Provisioning.AppContainers;
using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost;

/// <summary>
/// What the topology of AppHost.cs becomes where it is deployed: <c>--target k8s</c> (the default) makes a Helm chart,
/// <c>--target aca</c> Azure Container Apps. With <c>--gpu false</c> Trainer and Inference ask for no GPU; their images
/// are then those of the CPU build. <c>--host</c>, <c>--tls-secret</c> and <c>--ingress-class</c> are of the chart's Ingress.
/// </summary>
internal static class Deployment
{
    /// <summary>The user that .NET's images run as.</summary>
    private const long AppUser = 1654;

    /// <summary>The one folder of a container that can be written.</summary>
    private const string Scratch = "/tmp";

    private const string HeadlessName = "inference-replicas";
    private const string Gpu = "nvidia.com/gpu";
    private const string GpuProfile = "gpu";

    /// <summary>Adds the one environment that everything is deployed to, and what each service needs there.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="ingest">Takes slices in.</param>
    /// <param name="trainer">Trains; wants a GPU.</param>
    /// <param name="inference">Segments; wants a GPU, and is the only one that is reached from outside.</param>
    /// <param name="evaluator">Measures.</param>
    /// <exception cref="DistributedApplicationException"><c>--target</c> or <c>--gpu</c> has an unknown value.</exception>
    public static void AddDeployment(
        this IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> ingest,
        IResourceBuilder<ProjectResource> trainer,
        IResourceBuilder<ProjectResource> inference,
        IResourceBuilder<ProjectResource> evaluator)
    {
        if (!builder.ExecutionContext.IsPublishMode)
        {
            return;
        }

        var gpu = (builder.Configuration["gpu"] ?? "true") switch
        {
            "true" => true,
            "false" => false,
            var other => throw new DistributedApplicationException($"--gpu is 'true' or 'false', not '{other}'."),
        };
        inference.WithReplicas(2);
        switch (builder.Configuration["target"] ?? "k8s")
        {
            case "k8s":
                AddKubernetes(builder, ingest, trainer, inference, evaluator, gpu);
                break;
            case "aca":
                AddContainerApps(builder, ingest, trainer, inference, evaluator, gpu);
                break;
            case var other:
                throw new DistributedApplicationException($"--target is 'k8s' or 'aca', not '{other}'.");
        }
    }

    private static void AddKubernetes(
        IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> ingest,
        IResourceBuilder<ProjectResource> trainer,
        IResourceBuilder<ProjectResource> inference,
        IResourceBuilder<ProjectResource> evaluator,
        bool gpu)
    {
        builder.AddKubernetesEnvironment("kubernetes");
        // A chart asks for its secrets when it is installed; only what deploys at once needs them now.
        if (builder.Configuration["Pipeline:Step"] is "publish")
        {
            builder.Configuration["ConnectionStrings:blobs"] ??= string.Empty;
            builder.Configuration["ConnectionStrings:queues"] ??= string.Empty;
        }

        ingest.PublishAsKubernetesService(k => Harden(k, cpu: "500m", memory: "512Mi", limit: "2Gi"));
        trainer.PublishAsKubernetesService(k =>
        {
            Harden(k, cpu: "2", memory: "4Gi", limit: "16Gi");
            // Writes a checkpoint before it goes.
            k.Workload!.PodTemplate.Spec.TerminationGracePeriodSeconds = 120;
            WithGpu(k, gpu);
        });
        inference.PublishAsKubernetesService(k =>
        {
            Harden(k, cpu: "1", memory: "1Gi", limit: "4Gi");
            WithGpu(k, gpu);
            var service = k.Service!.Metadata.Name;
            // The paths that are for clients: metrics and health stay inside.
            k.AdditionalResources.Add(Outside(builder.Configuration, "inference-rest", service, "http", ["/v1", "/v2"]));
            var grpc = Outside(builder.Configuration, "inference-grpc", service, "grpc",
                ["/organseg.v1.InferenceService", "/inference.GRPCInferenceService", "/grpc.health.v1.Health"]);
            grpc.Metadata.Annotations["nginx.ingress.kubernetes.io/backend-protocol"] = "GRPC";
            k.AdditionalResources.Add(grpc);
            k.AdditionalResources.Add(Headless(k.Service));
        });
        // Calls of one connection all end at one replica; gRPC's own resolver goes round what the name stands for.
        evaluator.WithEnvironment(
            "services__inference__grpc__0",
            ReferenceExpression.Create($"dns:///{HeadlessName}:{inference.GetEndpoint("grpc").Property(EndpointProperty.TargetPort)}"));
        evaluator.PublishAsKubernetesService(k => Harden(k, cpu: "1", memory: "1Gi", limit: "4Gi"));
    }

    /// <summary>Probes, resources, and no more rights than a service needs.</summary>
    private static void Harden(KubernetesResource k, string cpu, string memory, string limit)
    {
        // There is a workload: every project becomes a Deployment.
        var pod = k.Workload!.PodTemplate.Spec;
        var container = pod.Containers[0];
        container.StartupProbe = Probe("/health", periodSeconds: 2, failureThreshold: 60);
        container.LivenessProbe = Probe("/alive", periodSeconds: 10, failureThreshold: 6);
        container.ReadinessProbe = Probe("/ready", periodSeconds: 5, failureThreshold: 2);

        container.Resources ??= new();
        container.Resources.Requests["cpu"] = cpu;
        container.Resources.Requests["memory"] = memory;
        container.Resources.Limits["memory"] = limit;

        pod.AutomountServiceAccountToken = false;
        // A service has 30 s to finish what it is at.
        pod.TerminationGracePeriodSeconds = 45;
        pod.SecurityContext = new()
        {
            RunAsNonRoot = true,
            RunAsUser = AppUser,
            RunAsGroup = AppUser,
            FsGroup = AppUser,
            SeccompProfile = new() { Type = "RuntimeDefault" },
        };
        container.SecurityContext = new()
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            Capabilities = new() { Drop = { "ALL" } },
        };
        pod.Volumes.Add(new() { Name = "tmp", EmptyDir = new() });
        container.VolumeMounts.Add(new() { Name = "tmp", MountPath = Scratch });
    }

    private static ProbeV1 Probe(string path, int periodSeconds, int failureThreshold) => new()
    {
        HttpGet = new() { Path = path, Port = "http", Scheme = "HTTP" },
        PeriodSeconds = periodSeconds,
        TimeoutSeconds = 5,
        FailureThreshold = failureThreshold,
    };

    private static void WithGpu(KubernetesResource k, bool gpu)
    {
        if (!gpu)
        {
            return;
        }

        var pod = k.Workload!.PodTemplate.Spec;
        pod.Containers[0].Resources!.Limits[Gpu] = "1";
        // Where compiled kernels are kept is a folder that can be written.
        pod.Containers[0].Env.Add(new() { Name = "CUDA_CACHE_PATH", Value = $"{Scratch}/cuda" });
        // The label is set by NVIDIA's GPU feature discovery.
        pod.NodeSelector["nvidia.com/gpu.present"] = "true";
        pod.Tolerations.Add(new() { Key = Gpu, Operator = "Exists", Effect = "NoSchedule" });
    }

    /// <summary>A service whose name stands for every replica that is ready.</summary>
    private static Service Headless(Service service)
    {
        var headless = new Service { Metadata = { Name = HeadlessName, Labels = new(service.Metadata.Labels) } };
        headless.Spec.ClusterIp = "None";
        headless.Spec.Selector = new(service.Spec.Selector);
        foreach (var port in service.Spec.Ports.Where(port => port.Name == "grpc"))
        {
            headless.Spec.Ports.Add(new()
            {
                Name = port.Name,
                Port = new(port.Port.Value),
                TargetPort = new(port.TargetPort.Value),
                Protocol = port.Protocol,
            });
        }

        return headless;
    }

    private static Ingress Outside(IConfiguration configuration, string name, string service, string port, string[] paths)
    {
        var host = configuration["host"];
        var rule = new IngressRuleV1();
        if (!string.IsNullOrEmpty(host))
        {
            rule.Host = host;
        }

        foreach (var path in paths)
        {
            rule.Http.Paths.Add(new()
            {
                Path = path,
                PathType = "Prefix",
                Backend = new() { Service = new() { Name = service, Port = new() { Name = port } } },
            });
        }

        var ingress = new Ingress { Metadata = { Name = name }, Spec = { Rules = { rule } } };
        // Volumes are large and take minutes; what other controllers make of these annotations is nothing.
        ingress.Metadata.Annotations["nginx.ingress.kubernetes.io/proxy-body-size"] = "0";
        ingress.Metadata.Annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] = "3600";
        ingress.Metadata.Annotations["nginx.ingress.kubernetes.io/proxy-send-timeout"] = "3600";
        if (configuration["ingress-class"] is { Length: > 0 } ingressClass)
        {
            ingress.Spec.IngressClassName = ingressClass;
        }

        if (configuration["tls-secret"] is { Length: > 0 } secret)
        {
            var tls = new IngressTLSV1 { SecretName = secret };
            if (!string.IsNullOrEmpty(host))
            {
                tls.Hosts.Add(host);
            }

            ingress.Spec.Tls.Add(tls);
        }

        return ingress;
    }

    private static void AddContainerApps(
        IDistributedApplicationBuilder builder,
        IResourceBuilder<ProjectResource> ingest,
        IResourceBuilder<ProjectResource> trainer,
        IResourceBuilder<ProjectResource> inference,
        IResourceBuilder<ProjectResource> evaluator,
        bool gpu)
    {
        var environment = builder.AddAzureContainerAppEnvironment("organseg");
        // One port only can be reached from outside of Container Apps.
        inference.WithEndpoint("http", endpoint => endpoint.IsExternal = false, createIfNotExists: false);
        if (gpu)
        {
            environment.ConfigureInfrastructure(infrastructure => infrastructure.GetProvisionableResources()
                .OfType<ContainerAppManagedEnvironment>().Single().WorkloadProfiles.Add(
                    new ContainerAppWorkloadProfile { Name = GpuProfile, WorkloadProfileType = "Consumption-GPU-NC8as-T4" }));
        }

        // Two GiB a core is what Container Apps gives.
        Size(ingest, cores: 1, profile: null);
        Size(trainer, cores: 4, gpu ? GpuProfile : null);
        Size(inference, cores: 2, gpu ? GpuProfile : null);
        Size(evaluator, cores: 1, profile: null);
    }

    private static void Size(IResourceBuilder<ProjectResource> service, int cores, string? profile) =>
        service.PublishAsAzureContainerApp((_, app) =>
        {
            // Not an expression: the container was made just before.
            app.Template.Containers[0].Value!.Resources = new AppContainerResources { Cpu = (double)cores, Memory = $"{2 * cores}Gi" };
            if (profile is not null)
            {
                app.WorkloadProfileName = profile;
            }
        });
}
