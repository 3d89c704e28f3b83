namespace Aspire.Hosting;

/// <summary>Where a referenced project lies; the build writes one implementation for each project reference.</summary>
public interface IProjectMetadata
{
    /// <summary>Full path of the project file.</summary>
    string ProjectPath { get; }
}
