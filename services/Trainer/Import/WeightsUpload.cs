using System.Security.Cryptography;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Trainer.Import;

/// <summary>Puts the chunks of a call together again: a header first, then one file whose last chunk says its SHA-256.</summary>
internal sealed class WeightsUpload(IAsyncStreamReader<ImportModelRequest> requests, TrainerOptions options)
{
    private const int MaxChunkBytes = 256 << 10;
    private const long ReportEveryBytes = 4 << 20;

    private ImportModelHeader _header = new();

    /// <exception cref="OrganSegException">Invalid: the call does not begin with it, or announces too much.</exception>
    public async Task<ImportModelHeader> ReadHeaderAsync(CancellationToken cancellationToken)
    {
        _header = await requests.MoveNext(cancellationToken) && requests.Current.Header is { } header
            ? header
            : throw OrganSegException.Invalid("header", "is missing; send it first, before any chunk.");
        var most = (ulong)options.MaxImportMebibytes << 20;
        return _header.Bytes <= most
            ? _header
            : throw OrganSegException.Invalid("weights", $"are {_header.Bytes} bytes; at most {most} are taken.");
    }

    /// <summary>Receives the file.</summary>
    /// <returns>Its SHA-256, lower-case hexadecimal, which is what the client said it is.</returns>
    /// <exception cref="OrganSegException">Invalid: the messages make no file of the announced length and SHA-256.</exception>
    public async Task<string> ReceiveAsync(WeightsSpool spool, ImportProgress progress, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var total = (long)_header.Bytes;
        var reported = 0L;
        var expected = "";
        while (await requests.MoveNext(cancellationToken))
        {
            var chunk = requests.Current.Chunk
                ?? throw OrganSegException.Invalid("payload", "must be a chunk of the file after the one header.");
            Check(chunk, expected, spool.Length, total);
            hash.AppendData(chunk.Data.Span);
            await spool.AppendAsync(chunk.Data.Memory, cancellationToken);
            expected = chunk.Sha256;
            if (spool.Length - reported >= ReportEveryBytes || spool.Length == total)
            {
                reported = spool.Length;
                progress.Report("receive", spool.Length, total, "byte");
            }
        }

        var actual = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (spool.Length != total || expected.Length == 0)
        {
            throw OrganSegException.Invalid("weights", $"ended after {spool.Length} of {total} bytes; send the whole file.");
        }

        return actual.Equals(expected, StringComparison.OrdinalIgnoreCase)
            ? actual
            : throw OrganSegException.Invalid("weights", "do not have the SHA-256 that was sent with them; send them again.");
    }

    private static void Check(WeightsChunk chunk, string sha256, long received, long total)
    {
        if (sha256.Length > 0)
        {
            throw OrganSegException.Invalid("weights", "go on after the chunk with their SHA-256; send it with the last one.");
        }

        if (chunk.Data.Length > MaxChunkBytes)
        {
            throw OrganSegException.Invalid("weights", $"have a chunk of {chunk.Data.Length} bytes; at most {MaxChunkBytes} are read.");
        }

        if (chunk.Data.Length > total - received)
        {
            throw OrganSegException.Invalid("weights", $"are longer than the {total} bytes that the header announced.");
        }
    }
}
