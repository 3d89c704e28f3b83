namespace OrganSeg.Trainer.Tests.Support;

/// <summary>A folder of a test's own that goes with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("organseg-trainer-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
