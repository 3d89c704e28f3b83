using System.Text.Json;

namespace OrganSeg.AppHost.Offline;

/// <summary><c>.organseg/up.json</c>: where the services of a running <c>up</c> are, for commands that want to use them.</summary>
internal sealed class StateFile : IDisposable
{
    private readonly string _path;
    private readonly string _content;

    private StateFile(string path, string content) => (_path, _content) = (path, content);

    /// <summary>Announces the endpoints until disposed.</summary>
    public static StateFile Write(
        string folder, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> endpoints)
    {
        var path = Path.Combine(folder, "up.json");
        var content = JsonSerializer.Serialize(new { pid = Environment.ProcessId, endpoints });
        var temporary = $"{path}.{Environment.ProcessId}";
        File.WriteAllText(temporary, content);
        File.Move(temporary, path, overwrite: true);
        return new StateFile(path, content);
    }

    public void Dispose()
    {
        try
        {
            // Another run may have announced itself since.
            if (File.ReadAllText(_path) == _content)
            {
                File.Delete(_path);
            }
        }
        catch (IOException)
        {
            // A stale file does no harm: its reader asks the services before it uses them.
        }
    }
}
