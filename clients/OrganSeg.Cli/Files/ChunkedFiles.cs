using System.Runtime.CompilerServices;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Cli.Files;

/// <summary>Puts files that come in pieces together again.</summary>
internal static class ChunkedFiles
{
    /// <summary>Reads file after file; one at a time is in memory.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Dependency"/>: the pieces make no sequence of files.</exception>
    public static async IAsyncEnumerable<(string Name, ReadOnlyMemory<byte> Content)> ReadAsync(
        IAsyncStreamReader<ExportChunk> chunks, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? name = null;
        var content = new MemoryStream();
        while (await chunks.MoveNext(cancellationToken))
        {
            var chunk = chunks.Current;
            name ??= chunk.Name;
            if (chunk.Name != name)
            {
                throw new OrganSegException(ErrorKind.Dependency, $"the service began {chunk.Name} before {name} had ended; try again");
            }

            content.Write(chunk.Data.Span);
            if (chunk.Last)
            {
                yield return (name, content.ToArray());
                name = null;
                content.SetLength(0);
            }
        }

        if (name is not null)
        {
            throw new OrganSegException(ErrorKind.Dependency, $"the service ended in the middle of {name}; try again");
        }
    }

    /// <summary>Writes all files into a folder, which is made; each appears whole or not at all.</summary>
    /// <param name="chunks">What a service sends.</param>
    /// <param name="folder">Where to; folders of the files are made in it.</param>
    /// <param name="written">Is told after each file how many there are.</param>
    /// <param name="cancellationToken">Gives up; what was written stays.</param>
    /// <returns>The names of the files.</returns>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Corrupt"/>: a file is named that lies outside the folder.</exception>
    public static async Task<IReadOnlyList<string>> WriteAsync(
        IAsyncStreamReader<ExportChunk> chunks, string folder, Action<int> written, CancellationToken cancellationToken)
    {
        var root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        Directory.CreateDirectory(root);
        var names = new List<string>();
        await foreach (var (name, content) in ReadAsync(chunks, cancellationToken))
        {
            var path = Path.GetFullPath(Path.Combine(root, name));
            if (!path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            {
                throw new OrganSegException(ErrorKind.Corrupt, $"the service names a file outside its folder: {name}");
            }

            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await AtomicFile.WriteAsync(path, content, cancellationToken);
            names.Add(name);
            written(names.Count);
        }

        return names;
    }
}
