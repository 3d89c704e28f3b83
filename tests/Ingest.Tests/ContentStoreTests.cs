using System.Security.Cryptography;
using Google.Protobuf;
using OrganSeg.Ingest.Uploads;
using OrganSeg.Testing;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>What is left of contents after a kill or a power cut.</summary>
public sealed class ContentStoreTests
{
    private static readonly byte[] First = Noise(1, 1000);
    private static readonly byte[] Second = Noise(2, 2000);
    private static readonly byte[] Large = Noise(3, (1 << 20) + 500);

    [Fact]
    public async Task Open_AfterAKillBeforeACommit_HasWhatWasCommittedBefore()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using (var store = await OpenAsync(folder, token))
        {
            await store.AppendAsync(FileOf(First), ChunkOf(First, 0, First.Length), token);
            await store.AppendAsync(FileOf(Large), ChunkOf(Large, 0, 1 << 20), token);
            await store.CommitAsync(token);
            await store.AppendAsync(FileOf(Second), ChunkOf(Second, 0, Second.Length), token);
            await store.AppendAsync(FileOf(Large), ChunkOf(Large, 1 << 20, 500), token);
        }

        using var found = await OpenAsync(folder, token);

        await AssertDurableAsync(found, token, 1000, 0, 1 << 20);
        await found.AppendAsync(FileOf(Second), ChunkOf(Second, 0, Second.Length), token);
        await found.AppendAsync(FileOf(Large), ChunkOf(Large, 1 << 20, 500), token);
        await found.CommitAsync(token);
        foreach (var content in new[] { First, Second, Large })
        {
            using var file = await found.OpenAsync(FileOf(content), token);
            Assert.Equal(content, (await file.ReadAsync(token)).ToArray());
        }
    }

    [Fact]
    public async Task Append_DiskRefusesTheJournalOnce_LeavesNothingAndGoesOn()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using var store = await OpenAsync(folder, token);
        // Where the journal would be there is a link that leads nowhere: it cannot be opened, while the data can.
        File.CreateSymbolicLink(Path.Combine(folder.Path, "00000001.journal"), Path.Combine(folder.Path, "gone", "journal"));

        var error = await Assert.ThrowsAsync<OrganSegException>(() => store.AppendAsync(FileOf(Large), ChunkOf(Large, 0, 1000), token));

        Assert.Equal(ErrorKind.Dependency, error.Kind);
        Assert.Empty(Directory.GetFiles(folder.Path));
        await store.AppendAsync(FileOf(Large), ChunkOf(Large, 0, 1 << 20), token);
        await store.AppendAsync(FileOf(Large), ChunkOf(Large, 1 << 20, 500), token);
        await store.AppendAsync(FileOf(First), ChunkOf(First, 0, First.Length), token);
        await store.CommitAsync(token);
        await AssertDurableAsync(store, token, 1000, 0, Large.Length);
    }

    [Fact]
    public async Task Open_JournalThatEndsInTheMiddleOfAnEntry_HasTheEntriesBeforeAndGoesOn()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using (var store = await OpenAsync(folder, token))
        {
            await store.AppendAsync(FileOf(Large), ChunkOf(Large, 0, 1000), token);
            await store.CommitAsync(token);
            await store.AppendAsync(FileOf(Large), ChunkOf(Large, 1000, 1000), token);
            await store.CommitAsync(token);
        }

        var journal = Assert.Single(Directory.GetFiles(folder.Path, "*.journal"));
        await File.WriteAllBytesAsync(journal, (await File.ReadAllBytesAsync(journal, token))[..^1], token);

        using (var found = await OpenAsync(folder, token))
        {
            await AssertDurableAsync(found, token, 0, 0, 1000);
            await found.AppendAsync(FileOf(Large), ChunkOf(Large, 1000, 3000), token);
            await found.CommitAsync(token);
        }

        using var again = await OpenAsync(folder, token);
        await AssertDurableAsync(again, token, 0, 0, 4000);
    }

    [Fact]
    public async Task Open_DataShorterThanTheJournalSays_HasOnlyWhatIsThere()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using (var store = await OpenAsync(folder, token))
        {
            await store.AppendAsync(FileOf(First), ChunkOf(First, 0, First.Length), token);
            await store.AppendAsync(FileOf(Second), ChunkOf(Second, 0, Second.Length), token);
            await store.CommitAsync(token);
        }

        await using (var data = new FileStream(Assert.Single(Directory.GetFiles(folder.Path, "*.data")), FileMode.Open))
        {
            data.SetLength(2999);
        }

        using var found = await OpenAsync(folder, token);
        await AssertDurableAsync(found, token, 1000, 0, 0);
    }

    [Fact]
    public async Task Release_TheLastUploadOfASegment_FreesTheDisk()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using var store = await OpenAsync(folder, token);
        await store.RetainAsync([FileOf(First)], long.MaxValue, token);
        await store.AppendAsync(FileOf(First), ChunkOf(First, 0, First.Length), token);
        await store.AppendAsync(FileOf(Second), ChunkOf(Second, 0, Second.Length), token);
        await store.CommitAsync(token);

        await store.ReleaseAsync(All, token);
        Assert.Equal(2, Directory.GetFiles(folder.Path).Length);
        await store.ReleaseAsync([FileOf(First)], token);

        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public async Task Append_LargeFileThatIsNotWhatWasAnnounced_IsForgottenByName()
    {
        var token = TestContext.Current.CancellationToken;
        using var folder = new TemporaryFolder();
        using var store = await OpenAsync(folder, token);
        await store.AppendAsync(FileOf(Large), ChunkOf(Large, 0, 1 << 20), token);

        // Each chunk is what its own SHA-256 says, and yet the file is another.
        var error = await Assert.ThrowsAsync<OrganSegException>(
            () => store.AppendAsync(FileOf(Large), ChunkOf(Noise(9, Large.Length), 1 << 20, 500), token));
        await store.CommitAsync(token);

        Assert.Equal($"{Large.Length}.png", Assert.Single(error.Violations).Field);
        await AssertDurableAsync(store, token, 0, 0, 0);
        Assert.Empty(Directory.GetFiles(folder.Path));
    }

    private static StoredFile[] All => [FileOf(First), FileOf(Second), FileOf(Large)];

    private static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<ContentStore> OpenAsync(TemporaryFolder folder, CancellationToken cancellationToken)
    {
        var store = new ContentStore(folder.Path);
        await store.RetainAsync(All, long.MaxValue, cancellationToken);
        await store.DropUnusedAsync(cancellationToken);
        return store;
    }

    private static async Task AssertDurableAsync(ContentStore store, CancellationToken cancellationToken, params long[] expected) =>
        Assert.Equal(expected, await store.DurableAsync(All, cancellationToken));

    private static StoredFile FileOf(byte[] content) =>
        new(FileRole.Image, $"{content.Length}.png", content.Length, ContentDigest.Of(content));

    private static UploadChunk ChunkOf(byte[] content, int offset, int length) => new()
    {
        Offset = offset,
        Data = ByteString.CopyFrom(content, offset, length),
        Sha256 = ByteString.CopyFrom(SHA256.HashData(content.AsSpan(offset, length))),
    };
}
