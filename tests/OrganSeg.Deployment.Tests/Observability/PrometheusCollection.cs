namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>Tests that ask one Prometheus, which is started once for all of them.</summary>
[CollectionDefinition(Name)]
public sealed class PrometheusCollection : ICollectionFixture<PrometheusFixture>
{
    public const string Name = "prometheus";
}
