using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>Puts the chunks of a call together again: a header first, then file after file.</summary>
internal sealed class UploadReader(IAsyncStreamReader<ImportRequest> requests, IngestOptions limits)
{
    private const int MaxChunkBytes = 1 << 20;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the call does not begin with it.</exception>
    public async Task<ImportHeader> ReadHeaderAsync(CancellationToken cancellationToken) =>
        await requests.MoveNext(cancellationToken) && requests.Current.Header is { } header
            ? header
            : throw OrganSegException.Invalid("header", "is missing; send it first, before any chunk.");

    /// <summary>Yields each file once its last chunk is there; one file at a time is in memory here.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the messages make no sequence of files.
    /// </exception>
    public async IAsyncEnumerable<UploadedFile> ReadFilesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PartialFile? file = null;
        while (await requests.MoveNext(cancellationToken))
        {
            var chunk = requests.Current.Chunk
                ?? throw OrganSegException.Invalid("payload", "must be a chunk of a file after the one header.");
            file ??= Begin(chunk);
            Append(file, chunk);
            if (chunk.Last)
            {
                yield return UploadedFile.InMemory(file.Role, file.Name, file.Content);
                file = null;
            }
        }

        if (file is not null)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(file.Name), "ends without its last chunk; mark the last chunk of each file.");
        }
    }

    private static PartialFile Begin(FileChunk chunk) =>
        chunk.Role is FileRole.Image or FileRole.Label or FileRole.Negative
            ? new PartialFile(chunk.Role, chunk.Name)
            : throw OrganSegException.Invalid(
                FileName.Shown(chunk.Name), "has no role; send it as an image, a label or a negative.");

    private void Append(PartialFile file, FileChunk chunk)
    {
        if (chunk.Name != file.Name || chunk.Role != file.Role)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(chunk.Name),
                $"begins before {FileName.Shown(file.Name)} has ended; the chunks of a file must follow one another.");
        }

        if (chunk.Data.Length > MaxChunkBytes)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(chunk.Name), $"has a chunk of {chunk.Data.Length} bytes; at most {MaxChunkBytes} are read.");
        }

        if (file.Length + chunk.Data.Length > limits.MaxFileBytes)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(chunk.Name), $"is larger than {limits.MaxFileBytes} bytes, the most that is read.");
        }

        file.Append(chunk.Data.Memory);
    }

    private sealed class PartialFile(FileRole role, string name)
    {
        private ReadOnlyMemory<byte> _first;
        private ArrayBufferWriter<byte>? _joined;

        public FileRole Role { get; } = role;

        public string Name { get; } = name;

        public int Length { get; private set; }

        // Most files come in one chunk, which is then not copied.
        public ReadOnlyMemory<byte> Content => _joined?.WrittenMemory ?? _first;

        public void Append(ReadOnlyMemory<byte> data)
        {
            if (Length == 0)
            {
                _first = data;
            }
            else
            {
                if (_joined is null)
                {
                    _joined = new ArrayBufferWriter<byte>(2 * MaxChunkBytes);
                    _joined.Write(_first.Span);
                }

                _joined.Write(data.Span);
            }

            Length += data.Length;
        }
    }
}
