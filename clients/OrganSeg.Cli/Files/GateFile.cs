using OrganSeg.V1;

namespace OrganSeg.Cli.Files;

/// <summary>A file of bounds that the user names. What it means is the Evaluator's business.</summary>
internal static class GateFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads the file before anything is started.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: there is no such file, or it is far too long.</exception>
    public static async Task<GateDocument> ReadAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            throw OrganSegException.Invalid("--gate", Directory.Exists(path) ? $"{path} is a folder" : $"there is no file {path}");
        }

        if (new FileInfo(path).Length > MaxBytes)
        {
            throw OrganSegException.Invalid("--gate", $"{path} is longer than 1 MiB, which no gate is");
        }

        return new GateDocument { Name = Path.GetFileName(path), Json = await File.ReadAllTextAsync(path, cancellationToken) };
    }
}
