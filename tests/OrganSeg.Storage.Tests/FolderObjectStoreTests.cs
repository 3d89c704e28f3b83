using System.Diagnostics;
using System.Globalization;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

/// <summary>What only the folder store does: files, and other processes on the same folder.</summary>
public sealed class FolderObjectStoreTests(AzuriteServer azurite) : StoreTests(azurite)
{
    [Fact]
    public async Task Write_Blob_IsTheFileOfThatPath()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        StoredObject written = await store.WriteBytesAsync(
            "models", "liver/1/model.onnx", Bytes("abc"), WriteCondition.Any, Token);
        Assert.Equal(
            "abc", await File.ReadAllTextAsync(folder.PathOf("models", "liver", "1", "model.onnx"), Token));
        // SHA-256 of "abc" from FIPS 180-4's example.
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", written.ETag);
        Assert.Empty(Directory.GetFiles(folder.PathOf(".tmp")));
    }

    [Fact]
    public async Task Write_ContentThrows_LeavesNoTemporaryFile()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        await using var content = new FailingStream(1 << 20, () => throw new EndOfStreamException());
        await Assert.ThrowsAsync<EndOfStreamException>(
            () => store.WriteAsync("things", "a", content, WriteCondition.Any, Token));
        Assert.Empty(Directory.GetFiles(folder.PathOf(".tmp")));
        Assert.False(Directory.Exists(folder.PathOf("things")));
    }

    [Fact]
    public async Task FirstWrite_StaleTemporaryFiles_ClearsThoseNobodyHolds()
    {
        TemporaryFolder folder = NewFolder();
        Directory.CreateDirectory(folder.PathOf(".tmp"));
        DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
        foreach ((string name, TimeSpan age) in new[]
        {
            ("stale", TimeSpan.FromHours(2)), ("held", TimeSpan.FromHours(2)), ("recent", TimeSpan.FromMinutes(30)),
        })
        {
            await File.WriteAllTextAsync(folder.PathOf(".tmp", name), "x", Token);
            File.SetLastWriteTimeUtc(folder.PathOf(".tmp", name), now - age);
        }

        await using (File.Open(folder.PathOf(".tmp", "held"), FileMode.Open, FileAccess.Read, FileShare.None))
        {
            var store = new FolderObjectStore(folder.Path);
            await store.WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.Any, Token);
        }

        Assert.Equal(
            ["held", "recent"], Directory.GetFiles(folder.PathOf(".tmp")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task List_EmptyFoldersAndTemporaryFiles_AreNoBlobs()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        await store.WriteBytesAsync("things", "a/b", Bytes("x"), WriteCondition.Any, Token);
        Directory.CreateDirectory(folder.PathOf("things", "left", "behind"));
        Assert.Equal(["a/b"], await store.ListAsync("things", "", Token).Select(b => b.Name).ToListAsync(Token));
        Assert.Equal(["a"], await store.ListFoldersAsync("things", "", Token).ToListAsync(Token));
    }

    [Fact]
    public async Task Delete_LastOfAFolder_RemovesTheFolder()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        await store.WriteBytesAsync("things", "a/b/c", Bytes("x"), WriteCondition.Any, Token);
        await store.WriteBytesAsync("things", "a/d", Bytes("x"), WriteCondition.Any, Token);
        await store.DeleteAsync("things", "a/b/c", Token);
        Assert.False(Directory.Exists(folder.PathOf("things", "a", "b")));
        Assert.True(File.Exists(folder.PathOf("things", "a", "d")));
    }

    [Fact]
    public async Task Write_BlobWhereAFolderIs_IsInvalid()
    {
        var store = new FolderObjectStore(NewFolder().Path);
        await store.WriteBytesAsync("things", "a/b", Bytes("x"), WriteCondition.Any, Token);
        await ThrowsAsync(
            ErrorKind.Invalid, () => store.WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.Any, Token));
        await ThrowsAsync(
            ErrorKind.Invalid, () => store.WriteBytesAsync("things", "a/b/c", Bytes("x"), WriteCondition.Any, Token));
    }

    [Fact]
    public async Task Find_FileEditedBehindItsBack_HasTheNewETag()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        StoredObject written = await store.WriteBytesAsync("things", "a", Bytes("one"), WriteCondition.Any, Token);
        await File.WriteAllTextAsync(folder.PathOf("things", "a"), "two", Token);
        StoredObject? found = await store.FindAsync("things", "a", Token);
        Assert.Equal(ObjectStoreExtensions.Sha256Of(Bytes("two")), found?.ETag);
        await ThrowsAsync(
            ErrorKind.NotReady,
            () => store.WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.IfMatch(written.ETag), Token));
    }

    [Fact]
    public async Task Write_FolderCannotBeMade_IsDependency()
    {
        TemporaryFolder folder = NewFolder();
        await File.WriteAllTextAsync(folder.PathOf("file"), "x", Token);
        var store = new FolderObjectStore(folder.PathOf("file", "store"));
        OrganSegException thrown = await ThrowsAsync(
            ErrorKind.Dependency,
            () => store.WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.Any, Token));
        Assert.DoesNotContain(folder.Path, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Translate_DiskFull_SaysSo()
    {
        // ERROR_DISK_FULL on Windows, ENOSPC elsewhere.
        int code = OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28;
        OrganSegException? known = FolderFiles.Translate(new IOException("no space", code));
        Assert.Equal(ErrorKind.Dependency, known?.Kind);
        Assert.Contains("full", known?.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_FromFourProcessesIfMatch_LosesNone()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        await store.WriteBytesAsync("shared", "counter", Bytes("0"), WriteCondition.Any, Token);
        Process[] workers = [.. Enumerable.Range(0, 4).Select(_ => StartWorker("increment", folder.Path, "25"))];
        try
        {
            foreach (Process worker in workers)
            {
                await worker.WaitForExitAsync(Token);
                Assert.True(worker.ExitCode == 0, await worker.StandardError.ReadToEndAsync(Token));
            }
        }
        finally
        {
            End(workers);
        }

        byte[] text = await store.ReadAllAsync("shared", "counter", null, Token);
        Assert.Equal(100, int.Parse(text, CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Write_ProcessKilledInTheMiddle_LeavesAWholeBlobAndNoLock()
    {
        TemporaryFolder folder = NewFolder();
        var store = new FolderObjectStore(folder.Path);
        for (int round = 1; round <= 3; round++)
        {
            Process worker = StartWorker("overwrite", folder.Path);
            try
            {
                for (int line = 0; line < 3 * round; line++)
                {
                    Assert.NotNull(await worker.StandardOutput.ReadLineAsync(Token));
                }

                worker.Kill();
                await worker.WaitForExitAsync(Token);
            }
            finally
            {
                End([worker]);
            }

            StoredObject only = Assert.Single(await store.ListAsync("shared", "", Token).ToListAsync(Token));
            byte[] content = await store.ReadAllAsync("shared", "big", only.ETag, Token);
            Assert.Equal(4 << 20, content.Length);
            Assert.Equal(-1, content.AsSpan().IndexOfAnyExcept(content[0]));
            await store.WriteBytesAsync("shared", "big", content, WriteCondition.IfMatch(only.ETag), Token);
        }
    }

    private static Process StartWorker(params string[] arguments)
    {
        string worker = Path.Combine(AppContext.BaseDirectory, "OrganSeg.Storage.TestWorker.dll");
        var start = new ProcessStartInfo("dotnet", [worker, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return Process.Start(start) ?? throw new InvalidOperationException("The worker did not start.");
    }

    private static void End(Process[] workers)
    {
        foreach (Process worker in workers)
        {
            if (!worker.HasExited)
            {
                worker.Kill();
            }

            worker.Dispose();
        }
    }
}
