using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Files that the service sends in pieces.</summary>
internal static class Chunks
{
    /// <summary>All files by name; each must come whole before the next one.</summary>
    public static async Task<Dictionary<string, byte[]>> ReadAsync(IAsyncStreamReader<ExportChunk> chunks, CancellationToken cancellationToken)
    {
        var files = new Dictionary<string, byte[]>();
        var content = new MemoryStream();
        string? name = null;
        await foreach (var chunk in chunks.ReadAllAsync(cancellationToken))
        {
            Assert.True(name is null || name == chunk.Name, $"{chunk.Name} came within {name}.");
            Assert.InRange(chunk.Data.Length, 0, 1 << 20);
            name = chunk.Name;
            content.Write(chunk.Data.Span);
            if (chunk.Last)
            {
                files.Add(name, content.ToArray());
                content.SetLength(0);
                name = null;
            }
        }

        Assert.Null(name);
        return files;
    }
}
