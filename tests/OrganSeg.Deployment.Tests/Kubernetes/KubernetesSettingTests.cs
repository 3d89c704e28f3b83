using System.Text.Json;
using k8s.Models;
using OrganSeg.Deployment.Tests.Kubernetes.Keda;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>Settings and commands are such as the services understand.</summary>
public sealed class KubernetesSettingTests
{
    // Sections that belong to .NET and to discovery.
    private static readonly string[] Foreign = ["ConnectionStrings", "Kestrel", "services"];

    public static TheoryData<string> Everything => [.. Kustomization.Everything];

    public static TheoryData<string> Trainings => [.. Kustomization.Trainings];

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Settings_OfAContainer_AreOptionsOfItsService(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.All(rendered.Pods, owner =>
        {
            var known = ServiceSource.SettingsOf(TopologyFile.Services[owner.Container.Name].Project);
            Assert.NotEmpty(known);
            Assert.All(
                owner.Environment.Keys.Where(key => key.Contains("__", StringComparison.Ordinal) && !Foreign.Contains(key.Split("__")[0])),
                key => Assert.Contains(key, known));
        });
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Environment_OfAContainer_RefersToWhatStandsBefore(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);

        Assert.All(rendered.Pods, owner =>
        {
            var before = new HashSet<string>();
            foreach (var entry in owner.Container.Env)
            {
                var references = (entry.Value ?? "").Split("$(").Skip(1).Select(text => text.Split(')')[0]);
                // One that is not there yet would stay in the text as it is.
                Assert.All(references, reference => Assert.Contains(reference, before));
                Assert.True(before.Add(entry.Name));
            }
        });
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public async Task Command_OfATraining_IsOneThatTheTrainerHas(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        var owner = Assert.Single(rendered.Pods);
        var source = await File.ReadAllTextAsync(
            Repository.PathOf("services", "Trainer", "Headless", "HeadlessCommand.cs"), TestContext.Current.CancellationToken);

        var arguments = owner.Container.Args.ToList();
        var mounts = owner.Container.VolumeMounts.Select(mount => mount.MountPath).ToList();

        Assert.Null(owner.Container.Command);
        Assert.Contains($"Verb = \"{arguments[0]}\"", source, StringComparison.Ordinal);
        Assert.Contains("[\"--spec\", \"--data\", \"--out\"]", source, StringComparison.Ordinal);
        Assert.Equal(["--spec", "--data", "--out"], arguments.Skip(1).Where((_, i) => i % 2 == 0));
        // All three lie on volumes, and the specification is a file of its own one.
        Assert.All(arguments.Skip(2).Where((_, i) => i % 2 == 0), path => Assert.Contains(mounts, mount =>
            path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal)));
        var specification = owner.Pod.Volumes.Single(volume => volume.ConfigMap is not null).ConfigMap.Name;
        Assert.Contains(Path.GetFileName(arguments[2]), rendered.One<V1ConfigMap>(specification).Data.Keys);
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public async Task Specification_OfATraining_HasFieldsThatAreDocumented(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        var documented = await File.ReadAllTextAsync(Repository.PathOf("docs", "training.md"), TestContext.Current.CancellationToken);

        using var specification = JsonDocument.Parse(Assert.Single(rendered.All<V1ConfigMap>()).Data["run.json"]);
        var fields = specification.RootElement.EnumerateObject().Select(field => field.Name).ToList();

        string[] always = ["dataset", "architecture", "model"];
        Assert.All(always, field => Assert.Contains(field, fields));
        Assert.All(fields.Except(always), field => Assert.Contains($"| `{field}` |", documented, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public async Task Failures_OfATraining_AreTriedAgainOnlyWhereThatHelps(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        var job = rendered.All<V1Job>().Select(found => found.Spec).Concat(rendered.All<ScaledJob>().Select(found => found.Spec.JobTargetRef)).Single();

        Assert.Equal("Never", job.Template.Spec.RestartPolicy);
        Assert.NotNull(job.BackoffLimit);
        Assert.All(
            (job.PodFailurePolicy?.Rules ?? []).Where(rule => rule.OnExitCodes is not null),
            rule => Assert.Equal(Assert.Single(job.Template.Spec.Containers).Name, rule.OnExitCodes.ContainerName));
        // Whoever is asked again and again has an end of its own, and never runs beside itself.
        Assert.All(rendered.All<ScaledJob>(), found =>
        {
            Assert.Equal(1, found.Spec.MaxReplicaCount);
            Assert.NotNull(found.Spec.JobTargetRef.ActiveDeadlineSeconds);
        });
    }
}
