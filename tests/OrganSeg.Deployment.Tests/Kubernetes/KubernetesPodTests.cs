using System.Globalization;
using System.Text.RegularExpressions;
using k8s.Models;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>Rules that hold for every pod of every folder.</summary>
public sealed partial class KubernetesPodTests
{
    private const decimal Mebibyte = 1 << 20;

    public static TheoryData<string> Everything => [.. Kustomization.Everything];

    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Pods_OfAFolder_MayDoNothingBeyondTheirWork(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.All(rendered.Pods, owner =>
        {
            var (pod, context) = (owner.Pod.SecurityContext, owner.Container.SecurityContext);
            Assert.True(pod.RunAsNonRoot);
            Assert.True(pod.RunAsUser > 0 && pod.RunAsGroup > 0);
            Assert.Equal("RuntimeDefault", pod.SeccompProfile.Type);
            Assert.True(context.ReadOnlyRootFilesystem);
            Assert.False(context.AllowPrivilegeEscalation);
            Assert.Equal("ALL", Assert.Single(context.Capabilities.Drop));
            Assert.Null(context.Capabilities.Add);
            Assert.Null(context.Privileged);
            // What the container says would go before what the pod says.
            Assert.Null(context.RunAsUser);
            Assert.Null(context.RunAsNonRoot);
            Assert.Null(context.SeccompProfile);
            Assert.False(owner.Pod.AutomountServiceAccountToken);
            Assert.Null(owner.Pod.HostNetwork);
            Assert.Null(owner.Pod.HostPID);
            Assert.Null(owner.Pod.HostIPC);
            Assert.Null(owner.Pod.InitContainers);
        });
        Assert.All(rendered.All<V1ServiceAccount>(), account => Assert.False(account.AutomountServiceAccountToken));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Namespace_OfAnOverlay_EnforcesTheRestrictedStandard(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        var labels = Assert.Single(rendered.All<V1Namespace>()).Metadata.Labels;

        Assert.Equal("restricted", labels["pod-security.kubernetes.io/enforce"]);
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Volumes_OfAPod_AreMountedAndOfKindsThatTheStandardAllows(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.All(rendered.Pods, owner =>
        {
            var volumes = owner.Pod.Volumes.ToDictionary(volume => volume.Name);
            Assert.Equal(
                volumes.Keys.Order(StringComparer.Ordinal),
                owner.Container.VolumeMounts.Select(mount => mount.Name).Order(StringComparer.Ordinal));
            Assert.All(volumes.Values, volume => Assert.True(
                volume.EmptyDir?.SizeLimit is not null || volume.PersistentVolumeClaim is not null || volume.ConfigMap is not null,
                volume.Name));
            // The root file system is read-only; what .NET and the services keep for a while has to go somewhere.
            Assert.Contains(owner.Container.VolumeMounts, mount => mount.MountPath == "/tmp" && volumes[mount.Name].EmptyDir is not null);
        });
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Resources_OfAContainer_AreRequestedAndLimited(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.All(rendered.Pods, owner =>
        {
            var resources = owner.Container.Resources;
            Assert.All((string[])["cpu", "memory", "ephemeral-storage"], name =>
            {
                Assert.True(resources.Requests[name].ToDecimal() > 0);
                Assert.True(resources.Limits[name].ToDecimal() >= resources.Requests[name].ToDecimal());
            });
            // Else the node would empty a pod that has filled what it was promised.
            Assert.True(
                owner.Pod.Volumes.Where(volume => volume.EmptyDir is not null).Sum(volume => volume.EmptyDir.SizeLimit.ToDecimal())
                <= resources.Limits["ephemeral-storage"].ToDecimal());
        });
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Memory_OfATrainer_IsEnoughForEveryMeasuredNetwork(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        var most = MemoryRow().Matches(await File.ReadAllTextAsync(
                Repository.PathOf("docs", "training.md"), TestContext.Current.CancellationToken))
            .Max(row => decimal.Parse(row.Groups["gibibytes"].ValueSpan, CultureInfo.InvariantCulture)) * 1024 * Mebibyte;

        Assert.All(rendered.Pods.Where(owner => owner.Container.Name == "trainer"), owner =>
        {
            // A cache for training slices and one for those of the validation.
            var caches = 2 * decimal.Parse(owner.Environment["Trainer__CacheMebibytes"]!) * Mebibyte;
            Assert.True(owner.Container.Resources.Limits["memory"].ToDecimal() >= most + caches);
            Assert.Equal(owner.Container.Resources.Limits["memory"].ToDecimal(), owner.Container.Resources.Requests["memory"].ToDecimal());
        });
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Termination_OfAPod_LeavesTimeToFinish(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.All(rendered.Pods, owner =>
        {
            var before = owner.Container.Lifecycle?.PreStop.Sleep.Seconds ?? 0;
            Assert.True(owner.Pod.TerminationGracePeriodSeconds > before + ServiceSource.ShutdownSeconds());
            Assert.Equal(owner.IsService, before > 0);
        });
        Assert.All(
            rendered.Pods.Where(owner => owner.Container.Name == "trainer"),
            owner => Assert.True(owner.Pod.TerminationGracePeriodSeconds >= 3 * ServiceSource.ShutdownSeconds()));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Replicas_OfAService_AreSpreadAndPrioritised(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);
        var priorities = rendered.All<V1PriorityClass>().ToDictionary(found => found.Metadata.Name, found => found.Value);

        Assert.All(rendered.Pods, owner =>
        {
            Assert.Equal(
                ["kubernetes.io/hostname", "topology.kubernetes.io/zone"],
                owner.Pod.TopologySpreadConstraints.Select(constraint => constraint.TopologyKey));
            Assert.All(owner.Pod.TopologySpreadConstraints, constraint => Assert.True(owner.Matches(constraint.LabelSelector)));
        });
        int PriorityOf(string service) => priorities[rendered.One<V1Deployment>(service).Spec.Template.Spec.PriorityClassName] ?? 0;
        Assert.True(PriorityOf("inference") > PriorityOf("trainer"));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Image_OfAContainer_HasTheVersionThatIsBuilt(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        var version = VersionElement().Match(await File.ReadAllTextAsync(
            Repository.PathOf("Directory.Build.props"), TestContext.Current.CancellationToken)).Groups["version"].Value;

        Assert.All(rendered.Pods, owner => Assert.EndsWith($":{version}", owner.Container.Image, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Accelerators_OnGpus_AreAskedForByTrainerAndInferenceAlone()
    {
        var rendered = await Kustomization.RenderAsync("overlays/gpu");
        var training = await Kustomization.RenderAsync("training/gpu");

        Assert.All(rendered.Pods.Concat(training.Pods), owner =>
        {
            var isAccelerated = owner.Container.Name is "trainer" or "inference";
            Assert.Equal(isAccelerated, owner.Container.Resources.Limits.ContainsKey("nvidia.com/gpu"));
            Assert.Equal(isAccelerated, owner.Container.Image.Contains("-cuda:", StringComparison.Ordinal));
            Assert.Equal(isAccelerated, owner.Pod.NodeSelector is not null);
            Assert.Equal(isAccelerated, owner.Pod.Tolerations?.Any(toleration => toleration.Key == "nvidia.com/gpu") == true);
        });
    }

    // The column "foreseen, GiB" of the table of memory, which alone has a width, a batch and two figures.
    [GeneratedRegex(@"^\| `[\w-]+` \| \d+ \| \d+ \| (?<gibibytes>\d+\.\d+) \| \d+\.\d+ \|$", RegexOptions.Multiline)]
    private static partial Regex MemoryRow();

    [GeneratedRegex("<Version>(?<version>[^<]+)</Version>")]
    private static partial Regex VersionElement();
}
