using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>A client of resumable uploads that remembers what the service has acknowledged.</summary>
internal sealed class UploadClient
{
    private readonly List<(UploadFile File, byte[] Content)> _files = [];

    /// <summary>Acknowledged bytes by SHA-256.</summary>
    public Dictionary<ByteString, long> Acknowledged { get; } = [];

    public UploadClient File(FileRole role, string name, byte[] content)
    {
        var file = new UploadFile { Role = role, Name = name, Length = content.Length, Sha256 = ByteString.CopyFrom(SHA256.HashData(content)) };
        _files.Add((file, content));
        return this;
    }

    public UploadClient Slice(string name, ByteImage image, ByteImage labels) =>
        File(FileRole.Image, name, Png.WriteGrey(image)).File(FileRole.Label, name, Png.WriteGrey(labels));

    /// <summary>A 32×32 slice whose left half is of one class and whose image is of one grey.</summary>
    public UploadClient Slice(string name, byte labelId = 1, byte grey = 40) => Slice(name, Upload.Plain(grey), Upload.LeftHalf(labelId));

    public UploadClient Reversed()
    {
        _files.Reverse();
        return this;
    }

    /// <summary>The same files as a streamed import has them.</summary>
    public Upload Streamed(string dataset) =>
        _files.Aggregate(Upload.To(dataset), (upload, file) => upload.File(file.File.Role, file.File.Name, file.Content));

    public async Task<UploadState> BeginAsync(
        UploadService.UploadServiceClient service, CancellationToken cancellationToken, ImportHeader? header = null)
    {
        using var call = service.BeginUpload(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(new BeginUploadRequest { Header = header }, cancellationToken);
        foreach (var part in _files.Chunk(7))
        {
            await call.RequestStream.WriteAsync(new BeginUploadRequest { Files = { part.Select(file => file.File) } }, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        return await call.ResponseAsync;
    }

    /// <summary>What the service says it lacks; it must have all that it has acknowledged.</summary>
    /// <param name="state">The answer of <see cref="BeginAsync"/>.</param>
    /// <param name="chunkBytes">Size of the chunks of files above 1 MiB.</param>
    public IReadOnlyList<UploadChunk> Missing(UploadState state, int chunkBytes = 1 << 16)
    {
        var chunks = new List<UploadChunk>();
        for (var i = 0; i < _files.Count; i++)
        {
            var (file, content) = _files[i];
            Assert.InRange(state.Durable[i], Acknowledged.GetValueOrDefault(file.Sha256), file.Length);
            var step = content.Length > 1 << 20 ? chunkBytes : content.Length;
            for (var offset = (int)state.Durable[i]; offset < content.Length; offset += step)
            {
                chunks.Add(Chunk(file, content, offset, Math.Min(step, content.Length - offset)));
            }
        }

        return chunks;
    }

    /// <summary>Begins, and sends everything that lacks.</summary>
    public async Task<UploadState> SendAsync(UploadService.UploadServiceClient service, CancellationToken cancellationToken)
    {
        var state = await BeginAsync(service, cancellationToken);
        using var call = service.AppendUpload(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(new AppendUploadRequest { Upload = state.Upload }, cancellationToken);
        var chunks = Missing(state);
        foreach (var chunk in chunks)
        {
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Chunk = chunk }, cancellationToken);
        }

        await call.RequestStream.CompleteAsync();
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            Acknowledge(chunks, response);
        }

        return state;
    }

    public void Acknowledge(IReadOnlyList<UploadChunk> chunks, AppendUploadResponse response)
    {
        foreach (var chunk in chunks.Take((int)response.Chunks))
        {
            Acknowledged[chunk.FileSha256] = Math.Max(Acknowledged.GetValueOrDefault(chunk.FileSha256), chunk.Offset + chunk.Data.Length);
        }
    }

    public static IEnumerable<ImportRequest> ImportOf(UploadState state, string dataset, uint size = 32) =>
        [new ImportRequest { Header = new ImportHeader { Dataset = dataset, Size = size, Split = SplitPolicy.Patient, Upload = state.Upload } }];

    private static UploadChunk Chunk(UploadFile file, byte[] content, int offset, int length) => new()
    {
        FileSha256 = file.Sha256,
        Offset = offset,
        Data = ByteString.CopyFrom(content, offset, length),
        Sha256 = length == content.Length ? ByteString.Empty : ByteString.CopyFrom(SHA256.HashData(content.AsSpan(offset, length))),
    };
}
