using System.Text;
using Azure.Storage.Blobs;
using OrganSeg.Testing;

[assembly: AssemblyFixture(typeof(AzuriteServer))]

namespace OrganSeg.Storage.Tests;

/// <summary>What tests that run on both stores share.</summary>
public abstract class StoreTests(AzuriteServer azurite) : IDisposable
{
    private readonly List<TemporaryFolder> _folders = [];

    public static TheoryData<StoreKind> Stores => [StoreKind.Folder, StoreKind.Azurite];

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _folders.ForEach(folder => folder.Dispose());
        GC.SuppressFinalize(this);
    }

    protected TemporaryFolder NewFolder()
    {
        var folder = new TemporaryFolder();
        _folders.Add(folder);
        return folder;
    }

    /// <summary>A connection string to a new, empty store.</summary>
    protected async Task<string> NewConnectionAsync(StoreKind kind) => kind == StoreKind.Folder
        ? "folder=" + NewFolder().PathOf("store")
        : await azurite.NewAccountAsync();

    /// <summary>A new, empty store.</summary>
    protected async Task<IObjectStore> NewStoreAsync(StoreKind kind) => kind == StoreKind.Folder
        ? new FolderObjectStore(NewFolder().PathOf("store"))
        : new AzureBlobObjectStore(new BlobServiceClient(await azurite.NewAccountAsync()));

    protected static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    /// <summary>Bytes that differ everywhere, so that a part in the wrong place is found.</summary>
    protected static byte[] Pattern(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    protected static async Task<byte[]> ReadAsync(Stream stream)
    {
        using var content = new MemoryStream();
        await using (stream)
        {
            await stream.CopyToAsync(content, Token);
        }

        return content.ToArray();
    }

    protected static async Task<OrganSegException> ThrowsAsync(ErrorKind kind, Func<Task> action)
    {
        OrganSegException thrown = await Assert.ThrowsAsync<OrganSegException>(action);
        Assert.Equal(kind, thrown.Kind);
        return thrown;
    }
}
