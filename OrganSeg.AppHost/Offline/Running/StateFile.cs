using System.Text.Json;

namespace OrganSeg.AppHost.Offline;

/// <summary><c>.organseg/up.json</c>: where the services of a running <c>up</c> are, for commands that want to use them.</summary>
internal sealed class StateFile : IDisposable
{
    private static readonly string Path = System.IO.Path.Combine(RepositoryFolder.State, "up.json");

    private readonly string _content;

    private StateFile(string content) => _content = content;

    /// <summary>Announces the endpoints until disposed.</summary>
    public static StateFile Write(IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> endpoints)
    {
        var content = JsonSerializer.Serialize(new { pid = Environment.ProcessId, endpoints });
        Directory.CreateDirectory(RepositoryFolder.State);
        var temporary = $"{Path}.{Environment.ProcessId}";
        File.WriteAllText(temporary, content);
        File.Move(temporary, Path, overwrite: true);
        return new StateFile(content);
    }

    public void Dispose()
    {
        try
        {
            // Another run may have announced itself since.
            if (File.ReadAllText(Path) == _content)
            {
                File.Delete(Path);
            }
        }
        catch (IOException)
        {
            // A stale file does no harm: its reader asks the services before it uses them.
        }
    }
}
