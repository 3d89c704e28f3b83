namespace Aspire.Hosting;

/// <summary>What an application was started for. The stand-in publishes nothing: it only runs.</summary>
public sealed class DistributedApplicationExecutionContext
{
    internal DistributedApplicationExecutionContext()
    {
    }

    /// <summary>Whether files for a deployment are made instead of running anything: never here.</summary>
    public bool IsPublishMode { get; }
}
