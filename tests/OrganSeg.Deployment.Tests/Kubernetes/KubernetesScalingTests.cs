using System.Text.RegularExpressions;
using k8s.Models;
using OrganSeg.Deployment.Tests.Kubernetes.Keda;
using OrganSeg.Testing;
using YamlDotNet.RepresentationModel;

namespace OrganSeg.Deployment.Tests.Kubernetes;

/// <summary>Replicas follow metrics and queues that exist.</summary>
public sealed partial class KubernetesScalingTests
{
    public static TheoryData<string> Overlays => [.. Kustomization.Overlays];

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Scalers_OfAnOverlay_EachHaveADeploymentOfTheirOwn(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        var targets = rendered.All<V2HorizontalPodAutoscaler>()
            .Select(scaler => (scaler.Spec.ScaleTargetRef.ApiVersion, scaler.Spec.ScaleTargetRef.Kind, scaler.Spec.ScaleTargetRef.Name))
            .Concat(rendered.All<ScaledObject>().Select(scaler =>
                (scaler.Spec.ScaleTargetRef.ApiVersion!, scaler.Spec.ScaleTargetRef.Kind!, scaler.Spec.ScaleTargetRef.Name)))
            .ToList();

        Assert.All(targets, target =>
        {
            Assert.Equal(("apps/v1", "Deployment"), (target.Item1, target.Item2));
            // A number of its own would undo what its scaler has decided with each new application.
            Assert.Null(rendered.One<V1Deployment>(target.Item3).Spec.Replicas);
        });
        Assert.Equal(targets.Count, targets.Distinct().Count());
        string[] withoutQueue = ["evaluator", "inference", "ingest"];
        Assert.Equal(
            overlay == "overlays/onprem" ? withoutQueue : [.. withoutQueue, "trainer"],
            targets.Select(target => target.Item3).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Bounds_OfAScaler_KeepServing(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        Assert.All(rendered.All<V2HorizontalPodAutoscaler>(), scaler => Assert.InRange(scaler.Spec.MinReplicas ?? 1, 2, scaler.Spec.MaxReplicas - 1));
        // Each of them answers calls, with or without work.
        Assert.All(rendered.All<ScaledObject>(), scaler => Assert.InRange(scaler.Spec.MinReplicaCount ?? 0, 1, scaler.Spec.MaxReplicaCount!.Value - 1));
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Metrics_OfAnAutoscaler_AreMadeByTheAdapterOfSeriesThatExist(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);
        var rules = AdapterRules();

        var metrics = rendered.All<V2HorizontalPodAutoscaler>().SelectMany(scaler => scaler.Spec.Metrics).ToList();

        Assert.NotEmpty(metrics);
        Assert.All(metrics, metric =>
        {
            Assert.Equal("Pods", metric.Type);
            Assert.Equal("AverageValue", metric.Pods.Target.Type);
            Assert.Contains(metric.Pods.Metric.Name, rules.Keys);
        });
        Assert.All(rules.Values, rule =>
        {
            Assert.NotEmpty(rule);
            Assert.All(rule, series => Assert.Contains(series, ServiceSource.Series));
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Triggers_OfPrometheus_AskForSeriesThatExist(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);

        var triggers = rendered.All<ScaledObject>().SelectMany(scaler => scaler.Spec.Triggers).Where(trigger => trigger.Type == "prometheus").ToList();

        Assert.NotEmpty(triggers);
        Assert.All(triggers, trigger =>
        {
            Assert.Equal(["query", "serverAddress", "threshold"], trigger.Metadata.Keys.Order(StringComparer.Ordinal));
            var series = Series().Matches(trigger.Metadata["query"]);
            Assert.NotEmpty(series);
            Assert.All(series, match => Assert.Contains(match.Value, ServiceSource.Series));
        });
    }

    [Theory]
    [MemberData(nameof(Overlays))]
    public async Task Trigger_OfTheQueue_NamesTheQueueThatTrainersUse(string overlay)
    {
        var rendered = await Kustomization.RenderAsync(overlay);
        var trainer = rendered.Pods.Single(owner => owner.Name == "trainer");
        var hasQueue = trainer.Environment.ContainsKey("ConnectionStrings__queues");

        var triggers = rendered.All<ScaledObject>().SelectMany(scaler => scaler.Spec.Triggers).Where(trigger => trigger.Type == "azure-queue");

        Assert.Equal(hasQueue ? 1 : 0, triggers.Count());
        Assert.All(triggers, trigger =>
        {
            Assert.Equal(
                trainer.Environment.GetValueOrDefault("Trainer__QueueName") ?? ServiceSource.DefaultOf("Trainer", "QueueName"),
                trigger.Metadata["queueName"]);
            // Messages in work are hidden; not to count them would take their Trainers away.
            Assert.Equal("all", trigger.Metadata["queueLengthStrategy"]);
            var authentication = rendered.One<TriggerAuthentication>(trigger.AuthenticationRef!.Name).Spec;
            Assert.Equal(authentication.SecretTargetRef is null, authentication.PodIdentity is not null);
            Assert.Equal(authentication.PodIdentity is not null, trigger.Metadata.ContainsKey("accountName"));
        });
    }

    /// <summary>Of the adapter's values: what each metric is called, and the series that it is made of.</summary>
    private static Dictionary<string, string[]> AdapterRules()
    {
        var stream = new YamlStream();
        using var file = File.OpenText(Repository.PathOf("deploy", "kubernetes", "prometheus-adapter", "values.yaml"));
        stream.Load(file);
        var rules = (YamlSequenceNode)stream.Documents[0].RootNode["rules"]["custom"];
        return rules.ToDictionary(
            rule => ((YamlScalarNode)rule["name"]["as"]).Value!,
            rule =>
            {
                var series = Series().Match(((YamlScalarNode)rule["seriesQuery"]).Value!).Value;
                Assert.Equal(series, ((YamlScalarNode)rule["name"]["matches"]).Value);
                var query = ((YamlScalarNode)rule["metricsQuery"]).Value!.Replace("<<.Series>>", series);
                Assert.Contains(series + "{", query, StringComparison.Ordinal);
                return Series().Matches(query).Select(match => match.Value).Distinct().ToArray();
            });
    }

    // A name before the braces of its labels.
    [GeneratedRegex(@"[a-zA-Z_:][\w:]*(?=\{)")]
    private static partial Regex Series();
}
