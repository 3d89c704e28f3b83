using System.Reflection;
using Aspire.Hosting;

namespace OrganSeg.AppHost.Tests;

/// <summary>
/// The stand-in has the signatures of Aspire.Hosting 13.5, so that AppHost.cs compiles against both. The list is
/// written from Aspire's public API.
/// </summary>
public sealed class SignatureTests
{
    private static readonly string[] Expected =
    [
        "AzureStorageExtensions.AddAzureStorage(IDistributedApplicationBuilder builder, String name): IResourceBuilder<AzureStorageResource>",
        "AzureStorageExtensions.AddBlobs(IResourceBuilder<AzureStorageResource> builder, String name): IResourceBuilder<AzureBlobStorageResource>",
        "AzureStorageExtensions.AddQueues(IResourceBuilder<AzureStorageResource> builder, String name): IResourceBuilder<AzureQueueStorageResource>",
        "AzureStorageExtensions.RunAsEmulator(IResourceBuilder<AzureStorageResource> builder, Action<IResourceBuilder<AzureStorageEmulatorResource>> configureContainer = null): IResourceBuilder<AzureStorageResource>",
        "DistributedApplication.CreateBuilder(String[] args): IDistributedApplicationBuilder",
        "DistributedApplication.RunAsync(CancellationToken cancellationToken = default): Task",
        "DistributedApplicationExecutionContext.get_IsPublishMode(): Boolean",
        "IDistributedApplicationBuilder.Build(): DistributedApplication",
        "IDistributedApplicationBuilder.get_Configuration(): ConfigurationManager",
        "IDistributedApplicationBuilder.get_ExecutionContext(): DistributedApplicationExecutionContext",
        "IProjectMetadata.get_ProjectPath(): String",
        "ParameterResourceBuilderExtensions.AddConnectionString(IDistributedApplicationBuilder builder, String name, String environmentVariableName = null): IResourceBuilder<IResourceWithConnectionString>",
        "ProjectResourceBuilderExtensions.AddProject<TProject>(IDistributedApplicationBuilder builder, String name): IResourceBuilder<ProjectResource>",
        "ResourceBuilderExtensions.WaitFor<T>(IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency): IResourceBuilder<T>",
        "ResourceBuilderExtensions.WithExternalHttpEndpoints<T>(IResourceBuilder<T> builder): IResourceBuilder<T>",
        "ResourceBuilderExtensions.WithHttpHealthCheck<T>(IResourceBuilder<T> builder, String path = null, Nullable<Int32> statusCode = null, String endpointName = null): IResourceBuilder<T>",
        "ResourceBuilderExtensions.WithEnvironment<T>(IResourceBuilder<T> builder, String name, String value): IResourceBuilder<T>",
        "ResourceBuilderExtensions.WithReference<TDestination>(IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, String connectionName = null, Boolean optional = False): IResourceBuilder<TDestination>",
        "ResourceBuilderExtensions.WithReference<TDestination>(IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source): IResourceBuilder<TDestination>",
    ];

    [Fact]
    public void StandIn_PublicMembers_AreThoseOfAspire()
    {
        var members = typeof(DistributedApplication).Assembly.GetExportedTypes()
            .Where(type => type.Namespace == "Aspire.Hosting")
            .SelectMany(type => type.GetMethods(
                BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Select(Describe)
            .Order(StringComparer.Ordinal);

        Assert.Equal(Expected.Order(StringComparer.Ordinal), members);
    }

    [Theory]
    [InlineData("Aspire.Hosting.ApplicationModel.IResource")]
    [InlineData("Aspire.Hosting.ApplicationModel.IResourceBuilder`1")]
    [InlineData("Aspire.Hosting.ApplicationModel.IResourceWithConnectionString")]
    [InlineData("Aspire.Hosting.ApplicationModel.IResourceWithEndpoints")]
    [InlineData("Aspire.Hosting.ApplicationModel.IResourceWithEnvironment")]
    [InlineData("Aspire.Hosting.ApplicationModel.IResourceWithWaitSupport")]
    [InlineData("Aspire.Hosting.ApplicationModel.ProjectResource")]
    [InlineData("Aspire.Hosting.Azure.AzureBlobStorageResource")]
    [InlineData("Aspire.Hosting.Azure.AzureQueueStorageResource")]
    [InlineData("Aspire.Hosting.Azure.AzureStorageEmulatorResource")]
    [InlineData("Aspire.Hosting.Azure.AzureStorageResource")]
    [InlineData("Aspire.Hosting.IResourceWithServiceDiscovery")]
    public void StandIn_Type_IsInAspiresNamespace(string name) =>
        Assert.NotNull(typeof(DistributedApplication).Assembly.GetType(name));

    private static string Describe(MethodInfo method)
    {
        var generic = method.IsGenericMethod
            ? $"<{string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}>"
            : string.Empty;
        var parameters = method.GetParameters().Select(parameter =>
            $"{Name(parameter.ParameterType)} {parameter.Name}" + (!parameter.HasDefaultValue
                ? string.Empty
                : $" = {parameter.DefaultValue ?? (parameter.ParameterType.IsValueType && Nullable.GetUnderlyingType(parameter.ParameterType) is null ? "default" : "null")}"));
        return $"{method.DeclaringType!.Name}.{method.Name}{generic}({string.Join(", ", parameters)}): {Name(method.ReturnType)}";
    }

    private static string Name(Type type) => type.IsGenericType
        ? $"{type.Name[..type.Name.IndexOf('`')]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>"
        : type.Name;
}
