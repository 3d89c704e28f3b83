using System.Security.Cryptography;
using Google.Protobuf;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Describes files as an upload names them.</summary>
internal static class UploadFiles
{
    /// <summary>Lengths and digests of files, in their order.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static async Task<IReadOnlyList<UploadFile>> DescribeAsync(
        IReadOnlyList<ImportFile> files, IProgressBoard board, CancellationToken cancellationToken)
    {
        var described = new UploadFile[files.Count];
        var done = 0;
        await Parallel.ForAsync(0, files.Count, cancellationToken, async (i, token) =>
        {
            await using var content = File.OpenRead(files[i].Path);
            var sha256 = await SHA256.HashDataAsync(content, token);
            described[i] = new UploadFile
            {
                Role = files[i].Role,
                Name = files[i].Name,
                Length = content.Length,
                Sha256 = UnsafeByteOperations.UnsafeWrap(sha256),
            };
            board.Report("checking", Interlocked.Increment(ref done), files.Count, "files");
        });
        return described;
    }
}
