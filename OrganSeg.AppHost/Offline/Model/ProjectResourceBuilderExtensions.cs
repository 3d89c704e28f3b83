namespace Aspire.Hosting;

/// <summary>Projects as resources.</summary>
public static class ProjectResourceBuilderExtensions
{
    /// <summary>Adds a project of this solution as a service.</summary>
    /// <typeparam name="TProject">Generated class of the project.</typeparam>
    /// <param name="builder">The application.</param>
    /// <param name="name">Name of the service.</param>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(
        this IDistributedApplicationBuilder builder, string name)
        where TProject : IProjectMetadata, new() =>
        ((DistributedApplicationBuilder)builder).Add(
            new ProjectResource(name) { ProjectPath = new TProject().ProjectPath });
}
