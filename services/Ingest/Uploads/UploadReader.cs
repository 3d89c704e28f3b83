using System.Buffers;
using System.Runtime.CompilerServices;
using Grpc.Core;
using OrganSeg.Ingest.Sources;
using OrganSeg.Ingest.Spooling;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Uploads;

/// <summary>Puts the chunks of a call together again: a header first, then file after file.</summary>
internal sealed class UploadReader(IAsyncStreamReader<ImportRequest> requests, IngestOptions limits, SpoolFolder spools)
{
    /// <summary>What is larger is put on disk.</summary>
    internal const int MaxBytesInMemory = 4 << 20;

    private const int MaxChunkBytes = 1 << 20;

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the call does not begin with it.</exception>
    public async Task<ImportHeader> ReadHeaderAsync(CancellationToken cancellationToken) =>
        await MoveNextAsync(cancellationToken) && requests.Current.Header is { } header
            ? header
            : throw OrganSegException.Invalid("header", "is missing; send it first, before any chunk.");

    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: there is more than the header.</exception>
    public async Task ReadEndAsync(CancellationToken cancellationToken)
    {
        if (await MoveNextAsync(cancellationToken))
        {
            throw OrganSegException.Invalid("payload", "follows a header that names an upload; send the files in either way, not in both.");
        }
    }

    /// <summary>Yields each file once its last chunk is there; the caller disposes of it. One file at a time is in memory
    /// here, and no more than the start of a large one.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/>: the messages make no sequence of files.
    /// </exception>
    public async IAsyncEnumerable<UploadedFile> ReadFilesAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PartialFile? file = null;
        try
        {
            while (await MoveNextAsync(cancellationToken))
            {
                var chunk = requests.Current.Chunk
                    ?? throw OrganSegException.Invalid("payload", "must be a chunk of a file after the one header.");
                file ??= Begin(chunk);
                await AppendAsync(file, chunk, cancellationToken);
                if (chunk.Last)
                {
                    var whole = file.Complete();
                    file = null;
                    yield return whole;
                }
            }

            if (file is not null)
            {
                throw OrganSegException.Invalid(
                    FileName.Shown(file.Name), "ends without its last chunk; mark the last chunk of each file.");
            }
        }
        finally
        {
            file?.Dispose();
        }
    }

    private PartialFile Begin(FileChunk chunk) =>
        chunk.Role is FileRole.Image or FileRole.Label or FileRole.Negative
            ? new PartialFile(chunk.Role, chunk.Name, spools)
            : throw OrganSegException.Invalid(
                FileName.Shown(chunk.Name), "has no role; send it as an image, a label or a negative.");

    private async ValueTask AppendAsync(PartialFile file, FileChunk chunk, CancellationToken cancellationToken)
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

        var most = limits.MaxBytesOf(SourceName.KindOf(file.Name));
        if (file.Length + chunk.Data.Length > most)
        {
            throw OrganSegException.Invalid(
                FileName.Shown(chunk.Name), $"is larger than {most} bytes, the most that is read.");
        }

        await file.AppendAsync(chunk.Data.Memory, cancellationToken);
    }

    private sealed class PartialFile(FileRole role, string name, SpoolFolder spools) : IDisposable
    {
        private ReadOnlyMemory<byte> _first;
        private ArrayBufferWriter<byte>? _joined;
        private SpooledFile? _spooled;

        public FileRole Role { get; } = role;

        public string Name { get; } = name;

        public long Length { get; private set; }

        // Most files come in one chunk, which is then not copied.
        private ReadOnlyMemory<byte> InMemory => _joined?.WrittenMemory ?? _first;

        public async ValueTask AppendAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
        {
            if (_spooled is null && Length + data.Length > MaxBytesInMemory)
            {
                _spooled = spools.CreateFile();
                await _spooled.AppendAsync(InMemory, cancellationToken);
                (_first, _joined) = (default, null);
            }

            if (_spooled is not null)
            {
                await _spooled.AppendAsync(data, cancellationToken);
            }
            else if (Length == 0)
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

        /// <summary>The whole file, to which what is on disk belongs from now on.</summary>
        public UploadedFile Complete() => _spooled is null
            ? UploadedFile.InMemory(Role, Name, InMemory)
            : UploadedFile.Spooled(Role, Name, _spooled);

        public void Dispose() => _spooled?.Dispose();
    }

    /// <summary>A caller that resets the call, rather than ending it, has given up.</summary>
    private async Task<bool> MoveNextAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await requests.MoveNext(cancellationToken);
        }
        catch (IOException error)
        {
            throw new OperationCanceledException("The connection of the upload was lost.", error, cancellationToken);
        }
    }
}
