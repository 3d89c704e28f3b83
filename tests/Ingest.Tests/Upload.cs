using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>What a client sends in one import, and what it gets.</summary>
internal sealed class Upload(ImportHeader header)
{
    private readonly List<(FileRole Role, string Name, byte[] Content)> _files = [];

    public List<Progress> Progress { get; } = [];

    public static Upload To(string dataset, Action<ImportHeader>? configure = null)
    {
        var header = new ImportHeader { Dataset = dataset, Size = 32, Split = SplitPolicy.Patient };
        configure?.Invoke(header);
        return new Upload(header);
    }

    public Upload File(FileRole role, string name, byte[] content)
    {
        _files.Add((role, name, content));
        return this;
    }

    public Upload Image(string name, ByteImage image) => File(FileRole.Image, name, Png.WriteGrey(image));

    public Upload Labels(string name, ByteImage labels) => File(FileRole.Label, name, Png.WriteGrey(labels));

    public Upload Negative(string name, ByteImage image) => File(FileRole.Negative, name, Png.WriteGrey(image));

    public Upload Slice(string name, ByteImage image, ByteImage labels) => Image(name, image).Labels(name, labels);

    /// <summary>A 32×32 slice whose left half is of one class and whose image is of one grey.</summary>
    public Upload Slice(string name, byte labelId = 1) => Slice(name, Plain(40), LeftHalf(labelId));

    public Upload Reversed()
    {
        _files.Reverse();
        return this;
    }

    public static ByteImage Plain(byte grey, int width = 32, int height = 32)
    {
        var image = new ByteImage(width, height);
        image.Pixels.AsSpan().Fill(grey);
        return image;
    }

    public static ByteImage LeftHalf(byte labelId, int width = 32, int height = 32)
    {
        var labels = new ByteImage(width, height);
        for (var y = 0; y < height; y++)
        {
            labels.Row(y)[..(width / 2)].Fill(labelId);
        }

        return labels;
    }

    public Task<Dataset> SendAsync(
        IngestHost host, CancellationToken cancellationToken, int chunkBytes = 1 << 18) =>
        SendAsync(host, Messages(chunkBytes), cancellationToken, Progress);

    /// <summary>Sends with a split table that puts one case into the training split, as negatives alone need it.</summary>
    public Task<Dataset> SendTableAsync(IngestHost host, string caseName, CancellationToken cancellationToken)
    {
        header.Split = SplitPolicy.Table;
        header.SplitTable.Add(new SplitEntry { CaseId = caseName, Split = "train" });
        return SendAsync(host, cancellationToken);
    }

    /// <summary>Sends and expects a refusal, of which nothing may stay.</summary>
    public async Task<OrganSegException> SendBadAsync(IngestHost host, CancellationToken cancellationToken) =>
        await RefusedAsync(host, Messages(1 << 18), cancellationToken);

    public static async Task<OrganSegException> RefusedAsync(
        IngestHost host, IEnumerable<ImportRequest> messages, CancellationToken cancellationToken)
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => SendAsync(host, messages, cancellationToken));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.False(await host.HasDatasetsAsync(cancellationToken), "Nothing may be sealed.");
        Assert.Empty(host.SpoolFiles);
        return GrpcErrors.ToOrganSegException(error);
    }

    public static async Task<Dataset> SendAsync(
        IngestHost host,
        IEnumerable<ImportRequest> messages,
        CancellationToken cancellationToken,
        ICollection<Progress>? progress = null)
    {
        using var call = host.Client.Import(cancellationToken: cancellationToken);
        var writing = WriteAsync();
        Dataset? dataset = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            Assert.Null(dataset);
            if (response.Progress is { } step)
            {
                progress?.Add(step);
            }

            dataset = response.Dataset;
        }

        await writing;
        return dataset ?? throw new InvalidOperationException("The call ended well without a dataset.");

        async Task WriteAsync()
        {
            try
            {
                foreach (var message in messages)
                {
                    await call.RequestStream.WriteAsync(message, cancellationToken);
                }

                await call.RequestStream.CompleteAsync();
            }
            catch (RpcException)
            {
                // Reading tells the same, and why.
            }
        }
    }

    public IEnumerable<ImportRequest> Messages(int chunkBytes)
    {
        yield return new ImportRequest { Header = header };
        foreach (var (role, name, content) in _files)
        {
            var offset = 0;
            do
            {
                var bytes = Math.Min(chunkBytes, content.Length - offset);
                yield return Chunk(role, name, content.AsSpan(offset, bytes), offset + bytes == content.Length);
                offset += bytes;
            }
            while (offset < content.Length);
        }
    }

    public static ImportRequest Chunk(FileRole role, string name, ReadOnlySpan<byte> data, bool last) => new()
    {
        Chunk = new FileChunk { Role = role, Name = name, Data = ByteString.CopyFrom(data), Last = last },
    };
}
