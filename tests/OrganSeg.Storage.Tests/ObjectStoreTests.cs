using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>What every store has to do, one caller at a time.</summary>
public sealed class ObjectStoreTests(AzuriteServer azurite) : StoreTests(azurite)
{
    private const string Container = "things";

    [Theory, MemberData(nameof(Stores))]
    public async Task Find_NoSuchBlob_IsNull(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        Assert.Null(await store.FindAsync(Container, "a/b", Token));
        await store.WriteBytesAsync(Container, "a/b", Bytes("x"), WriteCondition.Any, Token);
        Assert.Null(await store.FindAsync(Container, "a", Token));
        Assert.Null(await store.FindAsync(Container, "a/b/c", Token));
        Assert.Null(await store.FindAsync(Container, "a/c", Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task OpenRead_NoSuchBlob_IsMissing(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        OrganSegException thrown =
            await ThrowsAsync(ErrorKind.Missing, () => store.OpenReadAsync(Container, "a", 0, null, Token));
        Assert.Contains("things/a", thrown.Message, StringComparison.Ordinal);
        await store.WriteBytesAsync(Container, "b", Bytes("x"), WriteCondition.Any, Token);
        await ThrowsAsync(ErrorKind.Missing, () => store.OpenReadAsync(Container, "a", 0, null, Token));
        await ThrowsAsync(ErrorKind.Missing, () => store.OpenReadAsync(Container, "a", 0, 0, Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Delete_BlobOrNone_LeavesNone(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.DeleteAsync(Container, "a/b", Token);
        await store.WriteBytesAsync(Container, "a/b", Bytes("x"), WriteCondition.Any, Token);
        await store.DeleteAsync(Container, "a/b", Token);
        await store.DeleteAsync(Container, "a/b", Token);
        Assert.Null(await store.FindAsync(Container, "a/b", Token));
        Assert.Empty(await store.ListAsync(Container, "", Token).ToListAsync(Token));
        Assert.Empty(await store.ListFoldersAsync(Container, "", Token).ToListAsync(Token));
        await store.WriteBytesAsync(Container, "a/b", Bytes("y"), WriteCondition.IfAbsent, Token);
    }

    [Theory]
    [CombinatorialStores(0)]
    [CombinatorialStores(1)]
    [CombinatorialStores(100_000)]
    [CombinatorialStores((8 << 20) - 1)]
    [CombinatorialStores(8 << 20)]
    [CombinatorialStores((8 << 20) + 1)]
    [CombinatorialStores(64 << 20)]
    public async Task Write_AnyLength_IsReadBackWhole(StoreKind kind, int length)
    {
        IObjectStore store = await NewStoreAsync(kind);
        byte[] content = Pattern(length);
        StoredObject written = await store.WriteBytesAsync(Container, "a", content, WriteCondition.IfAbsent, Token);
        Assert.Equal(length, written.Length);
        byte[] read = await store.ReadAllAsync(Container, "a", ObjectStoreExtensions.Sha256Of(content), Token);
        Assert.True(content.AsSpan().SequenceEqual(read));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Find_AfterWrite_AgreesWithWriteAndList(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        StoredObject first = await store.WriteBytesAsync(Container, "a/b", Bytes("one"), WriteCondition.Any, Token);
        StoredObject second = await store.WriteBytesAsync(Container, "a/b", Bytes("two"), WriteCondition.Any, Token);
        StoredObject? found = await store.FindAsync(Container, "a/b", Token);
        StoredObject listed = Assert.Single(await store.ListAsync(Container, "", Token).ToListAsync(Token));
        Assert.Equal("a/b", second.Name);
        Assert.Equal(3, second.Length);
        Assert.NotEqual(first.ETag, second.ETag);
        Assert.Equal(second, found);
        Assert.Equal(second, listed);
        Assert.Equal(TimeSpan.Zero, second.LastModified.Offset);
    }

    [Theory]
    [CombinatorialStores(0L, null, 0, 1000)]
    [CombinatorialStores(0L, 10L, 0, 10)]
    [CombinatorialStores(10L, 20L, 10, 20)]
    [CombinatorialStores(990L, null, 990, 10)]
    [CombinatorialStores(990L, 10L, 990, 10)]
    [CombinatorialStores(990L, 100L, 990, 10)]
    [CombinatorialStores(999L, 1L, 999, 1)]
    [CombinatorialStores(500L, 0L, 500, 0)]
    [CombinatorialStores(1000L, null, 1000, 0)]
    [CombinatorialStores(5000L, 10L, 1000, 0)]
    public async Task OpenRead_Range_GivesThatPart(StoreKind kind, long offset, long? length, int from, int count)
    {
        IObjectStore store = await NewStoreAsync(kind);
        byte[] content = Pattern(1000);
        await store.WriteBytesAsync(Container, "a", content, WriteCondition.Any, Token);
        byte[] part = await ReadAsync(await store.OpenReadAsync(Container, "a", offset, length, Token));
        Assert.Equal(content.AsSpan(from, count).ToArray(), part);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task OpenRead_EmptyBlob_IsEmpty(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.WriteBytesAsync(Container, "a", Bytes(""), WriteCondition.Any, Token);
        Assert.Empty(await ReadAsync(await store.OpenReadAsync(Container, "a", 0, null, Token)));
        Assert.Empty(await ReadAsync(await store.OpenReadAsync(Container, "a", 0, 10, Token)));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_IfAbsentButThere_IsExistsAndKeepsIt(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.WriteBytesAsync(Container, "a", Bytes("old"), WriteCondition.IfAbsent, Token);
        OrganSegException thrown = await ThrowsAsync(
            ErrorKind.Exists,
            () => store.WriteBytesAsync(Container, "a", Bytes("new"), WriteCondition.IfAbsent, Token));
        Assert.Contains("things/a", thrown.Message, StringComparison.Ordinal);
        await ThrowsAsync(
            ErrorKind.Exists,
            () => store.WriteBytesAsync(Container, "a", Pattern(20 << 20), WriteCondition.IfAbsent, Token));
        Assert.Equal(Bytes("old"), await store.ReadAllAsync(Container, "a", null, Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Write_IfMatch_NeedsTheCurrentETag(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        StoredObject first = await store.WriteBytesAsync(Container, "a", Bytes("1"), WriteCondition.Any, Token);
        WriteCondition condition = WriteCondition.IfMatch(first.ETag);
        StoredObject second = await store.WriteBytesAsync(Container, "a", Bytes("2"), condition, Token);
        await ThrowsAsync(
            ErrorKind.NotReady, () => store.WriteBytesAsync(Container, "a", Bytes("3"), condition, Token));
        await ThrowsAsync(
            ErrorKind.NotReady, () => store.WriteBytesAsync(Container, "a", Pattern(20 << 20), condition, Token));
        await ThrowsAsync(
            ErrorKind.NotReady, () => store.WriteBytesAsync(Container, "absent", Bytes("3"), condition, Token));
        Assert.Equal(Bytes("2"), await store.ReadAllAsync(Container, "a", null, Token));
        byte[] large = Pattern(20 << 20);
        await store.WriteBytesAsync(Container, "a", large, WriteCondition.IfMatch(second.ETag), Token);
        Assert.Equal(large.Length, (await store.FindAsync(Container, "a", Token))?.Length);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_Prefix_GivesOrdinalOrder(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        string[] names = ["b", "a/z", "a.txt", "a-b", "a0", "a/b/c", "a/b.c", "B", "ab/c", "a/b-d/e"];
        foreach (string name in names)
        {
            await store.WriteBytesAsync(Container, name, Bytes(name), WriteCondition.Any, Token);
        }

        await store.WriteBytesAsync("others", "a/x", Bytes("x"), WriteCondition.Any, Token);
        foreach (string prefix in new[] { "", "a", "a/", "a/b", "a/b/", "a/b/c", "a/b/c/", "c", "a." })
        {
            string[] expected = [.. names
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)];
            Assert.Equal(
                expected, await store.ListAsync(Container, prefix, Token).Select(b => b.Name).ToArrayAsync(Token));
        }
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ListFolders_Folder_GivesNextSegments(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        foreach (string name in new[] { "b/1/x", "a/2/x", "a/10/y", "a/2/deep/x", "a/file", "top" })
        {
            await store.WriteBytesAsync(Container, name, Bytes(name), WriteCondition.Any, Token);
        }

        Assert.Equal(["a", "b"], await store.ListFoldersAsync(Container, "", Token).ToListAsync(Token));
        Assert.Equal(["10", "2"], await store.ListFoldersAsync(Container, "a/", Token).ToListAsync(Token));
        Assert.Empty(await store.ListFoldersAsync(Container, "c/", Token).ToListAsync(Token));
        Assert.Empty(await store.ListFoldersAsync("none", "", Token).ToListAsync(Token));
        await ThrowsAsync(
            ErrorKind.Invalid, async () => await store.ListFoldersAsync(Container, "a", Token).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task List_TenThousandBlobs_GivesAllInOrder(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        string[] names = [.. Enumerable.Range(0, 10_000).Select(i => $"folder{i % 7}/blob{i}")];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token };
        await Parallel.ForEachAsync(names, parallel, async (name, token) =>
            await store.WriteBytesAsync(Container, name, Bytes(name), WriteCondition.IfAbsent, token));
        List<StoredObject> listed = await store.ListAsync(Container, "", Token).ToListAsync(Token);
        Assert.Equal(names.Order(StringComparer.Ordinal), listed.Select(blob => blob.Name));
        Assert.All(listed, blob => Assert.Equal(blob.Name.Length, blob.Length));
        Assert.Equal(7, await store.ListFoldersAsync(Container, "", Token).CountAsync(Token));
    }

    [Theory]
    [CombinatorialStores(0)]
    [CombinatorialStores(100_000)]
    [CombinatorialStores(20 << 20)]
    public async Task Write_ContentThrows_LeavesNothing(StoreKind kind, int after)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.WriteBytesAsync(Container, "old", Bytes("old"), WriteCondition.Any, Token);
        foreach (string name in new[] { "old", "new" })
        {
            await using var content = new FailingStream(after, () => throw new EndOfStreamException("the sender went away"));
            EndOfStreamException thrown = await Assert.ThrowsAsync<EndOfStreamException>(
                () => store.WriteAsync(Container, name, content, WriteCondition.Any, Token));
            Assert.Equal("the sender went away", thrown.Message);
        }

        StoredObject only = Assert.Single(await store.ListAsync(Container, "", Token).ToListAsync(Token));
        Assert.Equal("old", only.Name);
        Assert.Null(await store.FindAsync(Container, "new", Token));
        Assert.Equal(Bytes("old"), await store.ReadAllAsync(Container, "old", null, Token));
        await store.WriteBytesAsync(Container, "new", Bytes("x"), WriteCondition.IfAbsent, Token);
    }

    [Theory]
    [CombinatorialStores(100_000)]
    [CombinatorialStores(20 << 20)]
    public async Task Write_Cancelled_LeavesNothing(StoreKind kind, int after)
    {
        IObjectStore store = await NewStoreAsync(kind);
        using var cancel = new CancellationTokenSource();
        await using var content = new FailingStream(after, cancel.Cancel);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.WriteAsync(Container, "new", content, WriteCondition.Any, cancel.Token));
        Assert.Null(await store.FindAsync(Container, "new", Token));
        Assert.Empty(await store.ListAsync(Container, "", Token).ToListAsync(Token));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task OpenRead_OverwrittenMeanwhile_GivesOldContentWhole(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        byte[] old = Pattern(6 << 20, seed: 1);
        byte[] next = Pattern(6 << 20, seed: 2);
        await store.WriteBytesAsync(Container, "a", old, WriteCondition.Any, Token);
        await using Stream reading = await store.OpenReadAsync(Container, "a", 0, null, Token);
        byte[] read = new byte[old.Length];
        await reading.ReadExactlyAsync(read.AsMemory(0, 1000), Token);
        await store.WriteBytesAsync(Container, "a", next, WriteCondition.Any, Token);
        await reading.ReadExactlyAsync(read.AsMemory(1000), Token);
        Assert.True(old.AsSpan().SequenceEqual(read));
        byte[] after = await store.ReadAllAsync(Container, "a", null, Token);
        Assert.True(next.AsSpan().SequenceEqual(after));
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task ReadAll_OtherContent_IsCorruptNamingTheBlob(StoreKind kind)
    {
        IObjectStore store = await NewStoreAsync(kind);
        await store.WriteBytesAsync(Container, "a", Bytes("x"), WriteCondition.Any, Token);
        OrganSegException thrown = await ThrowsAsync(
            ErrorKind.Corrupt,
            () => store.ReadAllAsync(Container, "a", ObjectStoreExtensions.Sha256Of(Bytes("y")), Token));
        Assert.Contains("things/a", thrown.Message, StringComparison.Ordinal);
    }
}
