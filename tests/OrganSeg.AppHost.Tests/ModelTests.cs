using Aspire.Hosting;
using OrganSeg.AppHost.Offline;

namespace OrganSeg.AppHost.Tests;

public sealed class ModelTests
{
    [Fact]
    public void Build_ServicesWaitForEachOther_NamesThem()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        var a = builder.AddProject<AnyProject>("a");
        var b = builder.AddProject<AnyProject>("b").WaitFor(a);
        a.WaitFor(b);

        var error = Assert.Throws<InvalidOperationException>(builder.Build);

        Assert.Contains("a → b → a", error.Message);
    }

    [Fact]
    public void AddProject_SameNameTwice_Throws()
    {
        var builder = DistributedApplication.CreateBuilder([]);
        builder.AddProject<AnyProject>("a");

        Assert.Throws<InvalidOperationException>(() => builder.AddProject<AnyProject>("A"));
    }

    [Fact]
    public void CreateBuilder_SwitchesAndConfiguration_AreToldApart()
    {
        var builder = DistributedApplication.CreateBuilder(
            ["--json", "--ConnectionStrings:blobs=folder=somewhere", "--ports", "free", "--quiet", "--Key", "value"]);

        Assert.Equal("folder=somewhere", builder.Configuration["ConnectionStrings:blobs"]);
        Assert.Equal("value", builder.Configuration["Key"]);
        Assert.Null(builder.Configuration["json"]);
    }

    [Theory]
    [InlineData("DefaultEndpointsProtocol=https;AccountKey=secret", "DefaultEndpointsProtocol=https;AccountKey=secret", "as configured")]
    [InlineData("", "", "none")]
    [InlineData("folder=/data/store", "folder=/data/store", "folder=/data/store")]
    public void StoreFolder_ConnectionString_IsShownOnlyWhenItIsAFolder(string given, string absolute, string shown)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The paths are those of Unix.");

        Assert.Equal(absolute, StoreFolder.Absolute(given));
        Assert.Equal(shown, StoreFolder.Describe(given));
    }

    [Fact]
    public void StoreFolder_RelativePath_BecomesAbsolute() =>
        Assert.Equal($"folder={Path.Combine(Environment.CurrentDirectory, "data")}", StoreFolder.Absolute("folder=data"));

    [Fact]
    public void Take_PortGivenAlready_IsAnother()
    {
        var ports = new PortAllocator();
        var first = ports.Take(null);

        Assert.NotEqual(first, ports.Take(first));
    }

    [Fact]
    public void Take_NoPortWanted_IsOneThatNoOutgoingConnectionGets()
    {
        var ports = new PortAllocator();

        Assert.All(Enumerable.Range(0, 50), _ => Assert.InRange(ports.Take(null), 1024, 32_767));
    }

    private sealed class AnyProject : IProjectMetadata
    {
        public string ProjectPath => "Any.csproj";
    }
}
