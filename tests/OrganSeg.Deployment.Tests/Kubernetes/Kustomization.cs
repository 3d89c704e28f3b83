using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using OrganSeg.Deployment.Tests.Kubernetes.Keda;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>A folder of <c>deploy/kubernetes</c> that can be applied, as kustomize renders it.</summary>
internal sealed class Kustomization
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<Kustomization>>> Rendered = new();

    private Kustomization(string name, string yaml)
    {
        (Name, Yaml) = (name, yaml);
        Objects = KubernetesYamlReader.Read(yaml);
        Pods =
        [
            .. All<V1Deployment>().Select(owner => new PodOwner(owner, owner.Spec.Template, IsService: true)),
            .. All<V1Job>().Select(owner => new PodOwner(owner, owner.Spec.Template, IsService: false)),
            .. All<ScaledJob>().Select(owner => new PodOwner(owner, owner.Spec.JobTargetRef.Template, IsService: false)),
        ];
    }

    /// <summary>Whole installations: <c>overlays/cpu</c> and the others.</summary>
    public static IReadOnlyList<string> Overlays { get; } = FoldersOf("overlays");

    /// <summary>Trainings without a server, for an installation that is there.</summary>
    public static IReadOnlyList<string> Trainings { get; } = FoldersOf("training");

    /// <summary>Everything that can be applied.</summary>
    public static IReadOnlyList<string> Everything { get; } = [.. Overlays, .. Trainings];

    /// <summary>Folder below <c>deploy/kubernetes</c>.</summary>
    public string Name { get; }

    public string Yaml { get; }

    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>Whatever makes pods.</summary>
    public IReadOnlyList<PodOwner> Pods { get; }

    /// <summary>Renders a folder, once for all tests. Skips the test where kubectl is missing.</summary>
    public static async Task<Kustomization> RenderAsync(string name)
    {
        var problem = await Kubectl.ProblemAsync();
        Assert.SkipUnless(problem is null, problem ?? "");
        return await Rendered.GetOrAdd(name, key => new(() => ReadAsync(key))).Value;
    }

    /// <summary>All objects of a kind.</summary>
    public IEnumerable<T> All<T>() => Objects.OfType<T>();

    /// <summary>The object of a kind and a name.</summary>
    public T One<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => Assert.Single(All<T>(), found => found.Metadata.Name == name);

    /// <summary>Whether there is an object of a kind and a name.</summary>
    public bool Has<T>(string name)
        where T : IKubernetesObject<V1ObjectMeta> => All<T>().Any(found => found.Metadata.Name == name);

    private static async Task<Kustomization> ReadAsync(string name) =>
        new(name, await Kubectl.KustomizeAsync(Repository.PathOf("deploy", "kubernetes", name)));

    private static string[] FoldersOf(string group) =>
    [
        .. Directory.GetDirectories(Repository.PathOf("deploy", "kubernetes", group))
            .Select(folder => $"{group}/{Path.GetFileName(folder)}")
            .Order(StringComparer.Ordinal),
    ];
}
