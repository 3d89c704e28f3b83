using k8s;
using k8s.Models;
using OrganSeg.Deployment.Tests.Kubernetes.Keda;
using OrganSeg.Testing;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>What one object says of another is true: each name leads somewhere, each selector chooses something.</summary>
public sealed class KubernetesReferenceTests
{
    public static TheoryData<string> Everything => [.. Kustomization.Everything];

    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Services_OfAnOverlay_LeadToNamedPortsOfPods(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.All<V1Service>(), service =>
        {
            var owner = Assert.Single(rendered.Pods, pods => pods.Matches(service.Spec.Selector));
            Assert.All(service.Spec.Ports, port => Assert.Contains(owner.Container.Ports, named => named.Name == port.TargetPort.Value));
        });
        Assert.All(rendered.All<V1Deployment>(), deployment => Assert.True(
            new PodOwner(deployment, deployment.Spec.Template, IsService: true).Matches(deployment.Spec.Selector)));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Policies_OfAnOverlay_ChoosePodsAndTheirPorts(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.All<V1NetworkPolicy>(), policy =>
        {
            var chosen = rendered.Pods.Where(pods => pods.Matches(policy.Spec.PodSelector)).ToList();
            Assert.NotEmpty(chosen);
            Assert.All(policy.Spec.Ingress ?? [], rule =>
            {
                Assert.NotEmpty(rule.FromProperty);
                Assert.All(rule.FromProperty, peer => AssertChooses(rendered, peer));
                Assert.All(rule.Ports, port => Assert.All(chosen, owner =>
                    Assert.Contains(owner.Container.Ports, named => named.Name == port.Port.Value)));
            });
            Assert.All(policy.Spec.Egress ?? [], rule =>
            {
                Assert.NotEmpty(rule.To);
                Assert.NotEmpty(rule.Ports);
                Assert.All(rule.To, peer => AssertChooses(rendered, peer));
                Assert.All(rule.Ports.Where(port => !int.TryParse(port.Port.Value, out _)), port => Assert.All(rule.To, peer => Assert.All(
                    rendered.Pods.Where(pods => pods.Matches(peer.PodSelector)),
                    owner => Assert.Contains(owner.Container.Ports, named => named.Name == port.Port.Value))));
            });
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Policies_OfAnOverlay_LetThroughWhatIsNeededAlone(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);
        var policies = rendered.All<V1NetworkPolicy>().ToList();

        var all = rendered.One<V1NetworkPolicy>("default-deny").Spec;
        Assert.Null(all.PodSelector.MatchLabels);
        Assert.Null(all.PodSelector.MatchExpressions);
        Assert.Equal(["Ingress", "Egress"], all.PolicyTypes);
        Assert.Null(all.Ingress);
        Assert.Null(all.Egress);

        // Within the namespace nobody but the Evaluator calls, and only Inference.
        var calls =
            from policy in policies
            from rule in policy.Spec.Ingress ?? []
            from peer in rule.FromProperty
            where peer.NamespaceSelector is null
            from caller in rendered.Pods.Where(pods => pods.Matches(peer.PodSelector))
            from called in rendered.Pods.Where(pods => pods.Matches(policy.Spec.PodSelector))
            select $"{caller.Name} {called.Name}";
        Assert.Equal(["evaluator inference"], calls);

        // A store that is a volume is not reached by its pods' network.
        Assert.Equal(overlay != "overlays/onprem", policies.Any(policy => (policy.Spec.Egress ?? []).Any(rule => rule.To.Any(peer => peer.IpBlock is not null))));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Budgets_OfAnOverlay_LetEveryServiceMove(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.Equal(
            rendered.All<V1Deployment>().Select(found => found.Metadata.Name).Order(StringComparer.Ordinal),
            rendered.All<V1PodDisruptionBudget>()
                .Select(budget => Assert.Single(rendered.Pods, owner => owner.Matches(budget.Spec.Selector)).Name)
                .Order(StringComparer.Ordinal));
        Assert.All(rendered.All<V1PodDisruptionBudget>(), budget => Assert.Equal("1", budget.Spec.MaxUnavailable.Value));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public async Task Names_OfOtherObjects_AreDeclaredOrTheUsers(string folder)
    {
        var rendered = await Kustomization.RenderAsync(folder);
        // A training is for an installation with a volume.
        var installation = Kustomization.Overlays.Contains(folder) ? rendered : await Kustomization.RenderAsync("overlays/onprem");
        var readme = await File.ReadAllTextAsync(
            Repository.PathOf("deploy", "kubernetes", "README.md"), TestContext.Current.CancellationToken);

        void AssertKnown<T>(string name, string? key = null)
            where T : IKubernetesObject<V1ObjectMeta>
        {
            if (typeof(T) == typeof(V1ConfigMap) && rendered.Has<T>(name))
            {
                Assert.Contains(key ?? rendered.One<V1ConfigMap>(name).Data.Keys.First(), rendered.One<V1ConfigMap>(name).Data.Keys);
                return;
            }

            Assert.True(
                rendered.Has<T>(name) || installation.Has<T>(name) || (IsUsers<T>() && readme.Contains($"| `{name}` |", StringComparison.Ordinal)),
                $"{typeof(T).Name} {name}");
            Assert.True(key is null || rendered.Has<T>(name) || readme.Contains($"`{key}`", StringComparison.Ordinal), $"{name} {key}");
        }

        foreach (var owner in rendered.Pods)
        {
            AssertKnown<V1ServiceAccount>(owner.Pod.ServiceAccountName);
            AssertKnown<V1PriorityClass>(owner.Pod.PriorityClassName);
            foreach (var source in owner.Container.Env.Select(entry => entry.ValueFrom).OfType<V1EnvVarSource>())
            {
                if (source.SecretKeyRef is { } secret)
                {
                    AssertKnown<V1Secret>(secret.Name, secret.Key);
                }
                else if (source.ConfigMapKeyRef is { } map)
                {
                    AssertKnown<V1ConfigMap>(map.Name, map.Key);
                }
                else
                {
                    Assert.NotNull(source.FieldRef);
                }
            }

            foreach (var volume in owner.Pod.Volumes)
            {
                if (volume.PersistentVolumeClaim is { } claim)
                {
                    AssertKnown<V1PersistentVolumeClaim>(claim.ClaimName);
                }

                if (volume.ConfigMap is { } files)
                {
                    AssertKnown<V1ConfigMap>(files.Name);
                }
            }
        }

        foreach (var secret in rendered.All<TriggerAuthentication>().SelectMany(found => found.Spec.SecretTargetRef ?? []))
        {
            AssertKnown<V1Secret>(secret.Name, secret.Key);
        }

        foreach (var tls in rendered.All<V1Ingress>().SelectMany(ingress => ingress.Spec.Tls))
        {
            AssertKnown<V1Secret>(tls.SecretName);
        }
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Ingresses_OfAnOverlay_LeadToPortsOfServicesByTheirCertificatesHosts(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.All<V1Ingress>(), ingress =>
        {
            Assert.Equal(ingress.Spec.Rules.Select(rule => rule.Host), ingress.Spec.Tls.SelectMany(tls => tls.Hosts));
            Assert.All(ingress.Spec.Rules.SelectMany(rule => rule.Http.Paths), path => Assert.Contains(
                rendered.One<V1Service>(path.Backend.Service.Name).Spec.Ports, port => port.Name == path.Backend.Service.Port.Name));
        });
        Assert.Equal(rendered.All<V1Ingress>().Count(), rendered.All<V1Ingress>().SelectMany(ingress => ingress.Spec.Rules).Select(rule => rule.Host).Distinct().Count());
    }

    private static void AssertChooses(Kustomization rendered, V1NetworkPolicyPeer peer)
    {
        if (peer.NamespaceSelector is null && peer.IpBlock is null)
        {
            Assert.Contains(rendered.Pods, pods => pods.Matches(peer.PodSelector));
        }
    }

    private static bool IsUsers<T>() => typeof(T) == typeof(V1Secret) || typeof(T) == typeof(V1ConfigMap);
}
