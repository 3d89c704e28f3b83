namespace OrganSeg.Deployment.Tests.Observability;

/// <summary>What the other tests take for the names in an expression.</summary>
public sealed class PrometheusExpressionTests
{
    [Theory]
    [InlineData("""up{job="a"} == 0""", "up", "job")]
    [InlineData("""sum by (b, c) (rate(x_total{d!~"e{f}g|\"h"}[5m] offset 1d)) > 0.5e3""", "x_total", "b,c,d")]
    [InlineData("""a:b:c / on (d) group_left (e) y and absent(z) or 0 * histogram_quantile(0.95, q)""", "a:b:c,q,y,z", "d,e")]
    [InlineData("""m unless n offset 15m""", "m,n", "")]
    public void Of_AnExpression_NamesItsMetricsAndLabels(string text, string metrics, string labels)
    {
        var expression = PrometheusExpression.Of(text);

        Assert.Equal(metrics, string.Join(',', expression.Metrics.Order(StringComparer.Ordinal)));
        Assert.Equal(labels, string.Join(',', expression.Labels.Order(StringComparer.Ordinal)));
    }
}
