using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OrganSeg.Testing;

namespace OrganSeg.Storage.Tests;

public sealed class ObjectStoreRegistrationTests(AzuriteServer azurite) : StoreTests(azurite)
{
    [Theory, MemberData(nameof(Stores))]
    public async Task AddObjectStore_Connection_GivesAWorkingStoreAndCatalogues(StoreKind kind)
    {
        using IHost host = Build(await NewConnectionAsync(kind), NewFolder().Path);
        await host.StartAsync(Token);
        var store = host.Services.GetRequiredService<IObjectStore>();
        await store.WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.Any, Token);
        Assert.Equal(Bytes("x"), await store.ReadAllAsync("things", "a", null, Token));
        Assert.Matches("^[0-9a-f]{64}$", store.Identity);
        Assert.NotNull(host.Services.GetRequiredService<DatasetCatalogue>());
        Assert.NotNull(host.Services.GetRequiredService<ModelCatalogue>());
        Assert.NotNull(host.Services.GetRequiredService<RunCatalogue>());
        Assert.NotNull(host.Services.GetRequiredService<ReportCatalogue>());
        await host.StopAsync(Token);
    }

    [Theory, MemberData(nameof(Stores))]
    public async Task Identity_SameConnection_IsTheSame(StoreKind kind)
    {
        string connection = await NewConnectionAsync(kind);
        string root = NewFolder().Path;
        using IHost one = Build(connection, root);
        using IHost two = Build(connection, root);
        using IHost other = Build(await NewConnectionAsync(kind), root);
        Assert.Equal(IdentityOf(one), IdentityOf(two));
        Assert.NotEqual(IdentityOf(one), IdentityOf(other));
    }

    [Fact]
    public async Task AddObjectStore_RelativeFolder_CountsFromTheContentRoot()
    {
        TemporaryFolder root = NewFolder();
        using IHost relative = Build("folder=data/../blobs/", root.Path);
        using IHost absolute = Build("Folder=" + root.PathOf("blobs"), NewFolder().Path);
        Assert.Equal(IdentityOf(absolute), IdentityOf(relative));
        await relative.Services.GetRequiredService<IObjectStore>()
            .WriteBytesAsync("things", "a", Bytes("x"), WriteCondition.Any, Token);
        Assert.True(File.Exists(root.PathOf("blobs", "things", "a")));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("folder=")]
    [InlineData("nonsense")]
    [InlineData("AccountName=secretname")]
    [InlineData("http://example.invalid/")]
    public async Task Start_ConnectionMissingOrWrong_FailsNamingIt(string? connection)
    {
        using IHost host = Build(connection, NewFolder().Path);
        OrganSegException thrown = await ThrowsAsync(ErrorKind.Invalid, () => host.StartAsync(Token));
        Assert.Equal("ConnectionStrings:blobs", Assert.Single(thrown.Violations).Field);
        Assert.DoesNotContain("secretname", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ServiceUri_UsesTheEnvironmentsCredentials()
    {
        IObjectStore store =
            ObjectStoreRegistration.Open("https://account.blob.example.invalid/", ".", TimeProvider.System);
        Assert.IsType<AzureBlobObjectStore>(store);
    }

    private static IHost Build(string? connection, string contentRoot)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(
            new HostApplicationBuilderSettings { ContentRootPath = contentRoot });
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?> { ["ConnectionStrings:blobs"] = connection });
        builder.AddObjectStore();
        return builder.Build();
    }

    private static string IdentityOf(IHost host) => host.Services.GetRequiredService<IObjectStore>().Identity;
}
