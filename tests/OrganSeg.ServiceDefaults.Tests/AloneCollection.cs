namespace OrganSeg.ServiceDefaults.Tests;

/// <summary>Tests that run alone: what OpenTelemetry collects is of the whole process, of other tests' services too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneCollection
{
    public const string Name = "alone";
}
