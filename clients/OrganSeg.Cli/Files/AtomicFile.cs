namespace OrganSeg.Cli.Files;

/// <summary>Writes files so that they appear whole or not at all.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file, replacing one of the same name. The folder must exist.</summary>
    public static async Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await File.WriteAllBytesAsync(temporary, content, cancellationToken);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
