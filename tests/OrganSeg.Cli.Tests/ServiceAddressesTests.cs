using System.Text.Json;
using OrganSeg.Cli.Services;

namespace OrganSeg.Cli.Tests;

public sealed class ServiceAddressesTests
{
    [Fact]
    public void Parse_EndpointsOfUp_GivesEachService()
    {
        using var document = JsonDocument.Parse(
            """
            {"ingest":{"http":"http://127.0.0.1:5601","grpc":"http://127.0.0.1:5701"},
             "trainer":{"http":"http://127.0.0.1:5602","grpc":"http://127.0.0.1:5702"},
             "inference":{"http":"http://127.0.0.1:5603","grpc":"http://127.0.0.1:5703"},
             "evaluator":{"http":"http://127.0.0.1:5604","grpc":"http://127.0.0.1:5704"}}
            """);

        Assert.Equal(ServiceAddresses.Default, ServiceAddresses.Parse(document.RootElement));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"ingest":{"http":"http://127.0.0.1:1"}}""")]
    public void Parse_SomethingElse_Throws(string json)
    {
        using var document = JsonDocument.Parse(json);

        Assert.Throws<JsonException>(() => ServiceAddresses.Parse(document.RootElement));
    }

    [Fact]
    public void Find_Installation_NamesTheAppHostBesideIt()
    {
        var offline = new Installation("/r", Path.Combine("/r", "artifacts", "offline-cpu", "bin", "OrganSeg.Cli", "release"));
        var aspire = new Installation("/r", Path.Combine("/r", "artifacts", "aspire-cpu", "bin", "OrganSeg.Cli", "release"));

        Assert.Equal(
            Path.Combine("/r", "artifacts", "offline-cpu", "bin", "OrganSeg.AppHost", "release", "OrganSeg.AppHost.dll"), offline.AppHost);
        Assert.Equal(offline.AppHost, aspire.AppHost);
    }

    [Fact]
    public void From_RelativeFolder_IsTheSameStoreAsTheAbsoluteOne()
    {
        var installation = Installation.Find();

        var relative = Store.From("folder=some/where", installation);
        var absolute = Store.From($"folder={Path.GetFullPath("some/where")}", installation);

        Assert.Equal(absolute, relative);
        Assert.NotEqual(absolute.Identity, Store.From(null, installation).Identity);
        Assert.Equal($"folder={Path.Combine(installation.Root, ".organseg", "data")}", Store.From("", installation).ConnectionString);
    }
}
