namespace OrganSeg.Architecture.Tests;

/// <summary>Who may reference whom: the table of docs/architecture.md, read against the project files.</summary>
public sealed class DependencyTests
{
    private static readonly string[] Shared =
        ["OrganSeg.ServiceDefaults", "OrganSeg.Contracts", "OrganSeg.Imaging", "OrganSeg.Onnx", "OrganSeg.Storage"];

    private static readonly string[] Services = ["Ingest", "Trainer", "Inference", "Evaluator"];

    // Everyone may reference OrganSeg.Errors as well; tests, benchmarks and examples are free.
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["OrganSeg.Errors"] = [],
        ["OrganSeg.Imaging"] = [],
        ["OrganSeg.Onnx"] = [],
        ["OrganSeg.Torch"] = ["OrganSeg.Onnx"],
        ["OrganSeg.Contracts"] = [],
        ["OrganSeg.Storage"] = ["OrganSeg.Imaging"],
        ["OrganSeg.ServiceDefaults"] = ["OrganSeg.Contracts"],
        ["Ingest"] = Shared,
        ["Trainer"] = [.. Shared, "OrganSeg.Torch"],
        ["Inference"] = Shared,
        ["Evaluator"] = Shared,
        ["OrganSeg.Cli"] = ["OrganSeg.Contracts", "OrganSeg.Imaging", "OrganSeg.Storage"],
        ["OrganSeg.AppHost"] = [],
    };

    private static readonly Dictionary<string, string[]> MayStart = new()
    {
        ["OrganSeg.AppHost"] = Services,
        ["OrganSeg.Cli"] = ["OrganSeg.AppHost"],
    };

    public static TheoryData<string> ProjectsWithRules => [.. Repository.Projects.Where(p => !p.IsFree).Select(p => p.Name)];

    [Fact]
    public void Projects_OutsideTests_AreThoseWithARule() => Assert.Equal(
        MayUse.Keys.Order(StringComparer.Ordinal),
        Repository.Projects.Where(project => !project.IsFree).Select(project => project.Name).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(ProjectsWithRules))]
    public void ProjectReferences_OfAProject_KeepToTheTable(string name)
    {
        var project = Repository.Projects.Single(project => project.Name == name);
        var allowed = name == "OrganSeg.Errors" ? [] : MayUse[name].Append("OrganSeg.Errors");

        Assert.Empty(project.Assemblies.Except(allowed));
        Assert.Empty(project.Resources.Except(MayStart.GetValueOrDefault(name, [])));
    }

    // Services meet over gRPC and blobs; the AppHost knows all of them and uses none of their code.
    [Fact]
    public void AppHost_Services_AreItsResources()
    {
        var host = Repository.Projects.Single(project => project.Name == "OrganSeg.AppHost");

        Assert.Equal(Services.Order(), host.Resources.Order());
    }

    [Theory]
    [InlineData("TorchSharp", "OrganSeg.Torch")]
    [InlineData("libtorch", "OrganSeg.Torch")]
    [InlineData("Microsoft.ML.OnnxRuntime", "Inference", "Trainer")]
    [InlineData("Azure.", "OrganSeg.Storage")]
    [InlineData("Microsoft.Extensions.Azure", "OrganSeg.Storage")]
    [InlineData("SkiaSharp", "OrganSeg.Imaging")]
    [InlineData("OpenTelemetry.Exporter.Prometheus", "OrganSeg.ServiceDefaults")]
    [InlineData("Microsoft.AspNetCore.Grpc.Swagger", "OrganSeg.ServiceDefaults")]
    [InlineData("Swashbuckle", "OrganSeg.ServiceDefaults")]
    [InlineData("MathNet.", "Evaluator")]
    [InlineData("ScottPlot", "Evaluator")]
    [InlineData("Aspire.", "OrganSeg.AppHost", "OrganSeg.Storage")]
    [InlineData("Spectre.Console", "OrganSeg.Cli")]
    [InlineData("System.CommandLine", "OrganSeg.Cli")]
    public void Packages_OfAKind_AreReferencedOnlyWhereTheyBelong(string prefix, params string[] projects)
    {
        var users = Repository.Projects
            .Where(project => !project.IsFree)
            .Where(project => project.Packages.Any(package => package.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
            .Select(project => project.Name);

        Assert.Empty(users.Except(projects));
    }

    [Theory]
    [InlineData("OrganSeg.Errors")]
    [InlineData("OrganSeg.Imaging", "SkiaSharp", "System.Numerics.Tensors")]
    [InlineData("OrganSeg.Onnx", "Google.Protobuf", "Grpc.Tools", "System.Numerics.Tensors")]
    [InlineData("OrganSeg.Torch", "TorchSharp", "libtorch", "SharpZipLib")]
    [InlineData("OrganSeg.Contracts", "Google.", "Grpc.")]
    public void Packages_OfALibrary_AreFew(string name, params string[] prefixes)
    {
        var project = Repository.Projects.Single(project => project.Name == name);

        Assert.DoesNotContain(
            project.Packages, package => !prefixes.Any(prefix => package.StartsWith(prefix, StringComparison.Ordinal)));
    }
}
