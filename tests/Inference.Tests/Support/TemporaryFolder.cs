namespace OrganSeg.Inference.Tests.Support;

/// <summary>A folder for one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("organseg-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
