using Google.Protobuf;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Imaging;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Resumable uploads over real gRPC.</summary>
public sealed class UploadTests
{
    // Above 1 MiB as a PNG, since noise does not compress.
    private const int LargeSide = 1100;

    [Fact]
    public async Task Import_OfAnUpload_IsTheVersionOfAStreamedImportAndTheUploadGoes()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = ThreeCases().Slice("d_slice1.png", Noise(1, LargeSide), Upload.LeftHalf(4, LargeSide, LargeSide));
        var streamed = await client.Streamed("streamed").SendAsync(host, token);

        var state = await client.SendAsync(host.Uploads, token);
        var whole = await host.Uploads.GetUploadAsync(new GetUploadRequest { Upload = state.Upload }, cancellationToken: token);
        var imported = await Upload.SendAsync(host, UploadClient.ImportOf(state, "uploaded"), token);

        Assert.Equal((8L, state.Bytes, state.Bytes), (whole.Files, whole.Bytes, whole.DurableBytes));
        Assert.Equal(streamed.Digest, imported.Digest);
        var gone = await FailureAsync(() => host.Uploads.GetUploadAsync(new GetUploadRequest { Upload = state.Upload }, cancellationToken: token).ResponseAsync);
        Assert.Equal(ErrorKind.Missing, gone.Kind);
        Assert.Empty(host.UploadedFiles);
    }

    [Fact]
    public async Task Import_OfTheSameUploadTwice_IsOneVersion()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var first = await Upload.SendAsync(host, UploadClient.ImportOf(await ThreeCases().SendAsync(host.Uploads, token), "twice"), token);
        var second = await Upload.SendAsync(host, UploadClient.ImportOf(await ThreeCases().Reversed().SendAsync(host.Uploads, token), "twice"), token);

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Begin_SameFilesInAnotherOrder_IsTheSameUploadWithItsRemains()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var first = await ThreeCases().SendAsync(host.Uploads, token);
        var second = await ThreeCases().Reversed().BeginAsync(host.Uploads, token);

        Assert.Equal(first.Upload, second.Upload);
        Assert.Equal(0, first.DurableBytes);
        Assert.Equal(second.Bytes, second.DurableBytes);
    }

    [Fact]
    public async Task Append_ConnectionDroppedWithinALargeFile_GoesOnFromThere()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = new UploadClient().Slice("a_slice1.png", Noise(2, LargeSide), Upload.LeftHalf(1, LargeSide, LargeSide));
        var state = await client.BeginAsync(host.Uploads, token);
        var chunks = client.Missing(state);
        using (var call = host.Uploads.AppendUpload(cancellationToken: token))
        {
            await call.RequestStream.WriteAsync(new AppendUploadRequest { Upload = state.Upload }, token);
            foreach (var chunk in chunks.Take(5))
            {
                await call.RequestStream.WriteAsync(new AppendUploadRequest { Chunk = chunk }, token);
            }

            // Nothing more comes and the call stays open, so all that is there is flushed and acknowledged.
            for (var acknowledged = 0L; acknowledged < 5; acknowledged = call.ResponseStream.Current.Chunks)
            {
                Assert.True(await call.ResponseStream.MoveNext(token));
            }

            client.Acknowledge(chunks, call.ResponseStream.Current);
        }

        var resumed = await client.BeginAsync(host.Uploads, token);
        Assert.Equal(5 << 16, resumed.DurableBytes);
        Assert.Equal(chunks.Skip(5), client.Missing(resumed));
        var dataset = await Upload.SendAsync(host, UploadClient.ImportOf(await client.SendAsync(host.Uploads, token), "d"), token);
        Assert.Equal((await client.Streamed("d").SendAsync(host, token)).Digest, dataset.Digest);
    }

    [Fact]
    public async Task Append_SmallContentThatIsNotWhatWasAnnounced_NamesTheFile()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = ThreeCases();
        var state = await client.BeginAsync(host.Uploads, token);

        var error = await FailureAsync(() => AppendAsync(host, state, Damaged(client.Missing(state)[3]), token));

        AssertNames("b_slice1.png", "SHA-256", error);
    }

    [Fact]
    public async Task Append_DamagedChunkOfALargeFile_NamesTheFileAndKeepsTheChunksBefore()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = new UploadClient().Slice("a_slice1.png", Noise(3, LargeSide), Upload.LeftHalf(1, LargeSide, LargeSide));
        var state = await client.BeginAsync(host.Uploads, token);
        var chunks = client.Missing(state);
        await AppendAsync(host, state, chunks[0], token);

        var error = await FailureAsync(() => AppendAsync(host, state, Damaged(chunks[1]), token));

        AssertNames("a_slice1.png", "SHA-256", error);
        Assert.Equal(1 << 16, (await client.BeginAsync(host.Uploads, token)).DurableBytes);
    }

    [Fact]
    public async Task Append_ChunkBeyondWhatCame_SaysWhatIsMissing()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = new UploadClient().Slice("a_slice1.png", Noise(4, LargeSide), Upload.LeftHalf(1, LargeSide, LargeSide));
        var state = await client.BeginAsync(host.Uploads, token);

        var error = await FailureAsync(() => AppendAsync(host, state, client.Missing(state)[1], token));

        AssertNames("a_slice1.png", "only 0 came", error);
    }

    [Fact]
    public async Task Append_ContentOfNoFile_IsRefused()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var other = new UploadClient().Slice("z_slice1.png", 3, grey: 99);
        var chunk = other.Missing(await other.BeginAsync(host.Uploads, token))[0];

        var error = await FailureAsync(async () => await AppendAsync(host, await ThreeCases().BeginAsync(host.Uploads, token), chunk, token));

        AssertNames("fileSha256", "no file of this upload", error);
    }

    [Fact]
    public async Task Begin_BadNamesRolesAndLengths_AreNamedTogether()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: "--Ingest:MaxFileBytes=1000");
        var client = new UploadClient()
            .File(FileRole.Image, "folder/a.png", [1]).File(FileRole.Unspecified, "b.png", [1]).File(FileRole.Image, "c.png", new byte[1001]);

        var error = await FailureAsync(() => client.BeginAsync(host.Uploads, token));

        Assert.Equal(["b.png", "c.png", "folder/a.png"], error.Violations.Select(violation => violation.Field));
        Assert.Empty(host.UploadedFiles);
    }

    [Fact]
    public async Task Begin_HeaderThatCannotBeImported_IsRefusedBeforeAnythingIsSent()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var error = await FailureAsync(() => ThreeCases().BeginAsync(host.Uploads, token, new ImportHeader { Dataset = "d", Size = 33 }));

        AssertNames("size", "33", error);
    }

    [Fact]
    public async Task Begin_MoreThanMayWait_IsRefusedWithATimeToTryAgain()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: "--Ingest:MaxUploadMebibytes=1");
        var small = await ThreeCases().BeginAsync(host.Uploads, token);
        var large = new UploadClient().File(FileRole.Image, "a.png", new byte[1 << 20]);

        var error = await FailureAsync(() => large.BeginAsync(host.Uploads, token));
        await host.Uploads.DeleteUploadAsync(new DeleteUploadRequest { Upload = small.Upload }, cancellationToken: token);
        var state = await large.BeginAsync(host.Uploads, token);

        Assert.Equal(ErrorKind.Quota, error.Kind);
        Assert.NotNull(error.RetryAfter);
        Assert.Equal(1 << 20, state.Bytes);
    }

    [Fact]
    public async Task Begin_LongAfterAnotherWasLeft_HasDeletedIt()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: "--Ingest:UploadExpiryHours=2");
        var left = await ThreeCases().SendAsync(host.Uploads, token);
        host.Clock.PutForward(TimeSpan.FromHours(1.9));
        await ThreeCases().BeginAsync(host.Uploads, token);

        host.Clock.PutForward(TimeSpan.FromHours(1.9));
        var touched = await ThreeCases().BeginAsync(host.Uploads, token);
        host.Clock.PutForward(TimeSpan.FromHours(2.1));
        await new UploadClient().Slice("z_slice1.png", 3, grey: 99).BeginAsync(host.Uploads, token);

        Assert.Equal(touched.Bytes, touched.DurableBytes);
        var gone = await FailureAsync(() => host.Uploads.GetUploadAsync(new GetUploadRequest { Upload = left.Upload }, cancellationToken: token).ResponseAsync);
        Assert.Equal(ErrorKind.Missing, gone.Kind);
        Assert.Equal(".upload", Path.GetExtension(Assert.Single(host.UploadedFiles)));
    }

    [Fact]
    public async Task Import_OfAnUploadThatLacksFiles_SaysHowMany()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = ThreeCases();
        var state = await client.BeginAsync(host.Uploads, token);
        // The three images are equal, and so one content.
        await AppendAsync(host, state, client.Missing(state)[0], token);

        var error = await FailureAsync(() => Upload.SendAsync(host, UploadClient.ImportOf(state, "d"), token));

        Assert.Equal(ErrorKind.NotReady, error.Kind);
        Assert.Contains("lacks 3 of its 6 files", error.Message, StringComparison.Ordinal);
        Assert.False(await host.HasDatasetsAsync(token));
    }

    [Fact]
    public async Task Import_OfAnUploadAndChunks_IsRefused()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var state = await ThreeCases().SendAsync(host.Uploads, token);

        var error = await FailureAsync(() => Upload.SendAsync(
            host, [.. UploadClient.ImportOf(state, "d"), Upload.Chunk(FileRole.Image, "a.png", [1], last: true)], token));

        AssertNames("payload", "either way", error);
    }

    [Fact]
    public async Task Import_FileDamagedOnTheDisk_IsCorruptByNameAndCanBeSentAgain()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var client = new UploadClient().Slice("a_slice1.png", 1, grey: 1).Slice("b_slice1.png", 2, grey: 2);
        var state = await client.SendAsync(host.Uploads, token);
        var segment = Assert.Single(host.UploadedFiles, file => file.EndsWith(".data", StringComparison.Ordinal));
        var bytes = await File.ReadAllBytesAsync(segment, token);
        bytes[20] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes, token);

        var error = await FailureAsync(() => Upload.SendAsync(host, UploadClient.ImportOf(state, "d"), token));
        client.Acknowledged.Clear();
        await client.SendAsync(host.Uploads, token);
        var dataset = await Upload.SendAsync(host, UploadClient.ImportOf(state, "d"), token);

        Assert.Equal(ErrorKind.Corrupt, error.Kind);
        Assert.Contains("a_slice1.png", error.Message, StringComparison.Ordinal);
        Assert.Equal((await client.Streamed("d").SendAsync(host, token)).Digest, dataset.Digest);
    }

    [Fact]
    public async Task Begin_AfterAnImportThatFailed_NeedsOnlyTheFileThatWasMended()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);
        var bad = await ThreeCases().Slice("d_slice1.png", labelId: 9).SendAsync(host.Uploads, token);
        var error = await FailureAsync(() => Upload.SendAsync(host, UploadClient.ImportOf(bad, "d"), token));
        var mended = ThreeCases().Slice("d_slice1.png", labelId: 4);

        var state = await mended.BeginAsync(host.Uploads, token);

        AssertNames("d_slice1.png (label)", "unknown label id 9", error);
        Assert.NotEqual(bad.Upload, state.Upload);
        Assert.Equal(0, Assert.Single(state.Durable, durable => durable == 0));
        Assert.Equal(state.Bytes - mended.Missing(state).Single().Data.Length, state.DurableBytes);
    }

    private static UploadClient ThreeCases() =>
        new UploadClient().Slice("a_slice1.png", 1).Slice("b_slice1.png", 2).Slice("c_slice1.png", 3);

    private static ByteImage Noise(int seed, int side)
    {
        var image = new ByteImage(side, side);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }

    private static UploadChunk Damaged(UploadChunk chunk)
    {
        var data = chunk.Data.ToByteArray();
        data[^1] ^= 1;
        return new UploadChunk(chunk) { Data = ByteString.CopyFrom(data) };
    }

    private static async Task AppendAsync(IngestHost host, UploadState state, UploadChunk chunk, CancellationToken cancellationToken)
    {
        using var call = host.Uploads.AppendUpload(cancellationToken: cancellationToken);
        await call.RequestStream.WriteAsync(new AppendUploadRequest { Upload = state.Upload, Chunk = chunk }, cancellationToken);
        await call.RequestStream.CompleteAsync();
        var response = Assert.Single(await call.ResponseStream.ReadAllAsync(cancellationToken).ToListAsync(cancellationToken));
        Assert.Equal(1, response.Chunks);
    }

    private static async Task<OrganSegException> FailureAsync(Func<Task> call) =>
        GrpcErrors.ToOrganSegException(await Assert.ThrowsAsync<RpcException>(call));

    private static void AssertNames(string field, string description, OrganSegException error)
    {
        var violation = Assert.Single(error.Violations);
        Assert.Equal(field, violation.Field);
        Assert.Contains(description, violation.Description, StringComparison.Ordinal);
    }
}
