using OrganSeg.Testing;

namespace OrganSeg.Ingest.Tests;

/// <summary>The same import on Azure Blob Storage's emulator.</summary>
public sealed class AzuriteTests(AzuriteServer azurite) : IClassFixture<AzuriteServer>
{
    [Fact]
    public async Task Import_IntoAzurite_GivesTheDigestOfTheFolderStore()
    {
        var token = TestContext.Current.CancellationToken;
        await using var cloud = await IngestHost.StartAsync(token, blobs: await azurite.NewAccountAsync());
        await using var folder = await IngestHost.StartAsync(token);

        var inCloud = await Slices().SendAsync(cloud, token);
        var inFolder = await Slices().SendAsync(folder, token);

        Assert.Equal(inFolder.Digest, inCloud.Digest);
        var manifest = await cloud.Catalogue.GetAsync("both", token);
        Assert.Equal(3, await cloud.Catalogue.ReadAsync(manifest, null, token).CountAsync(token));

        static Upload Slices() =>
            Upload.To("both").Slice("a_slice1.png", 1).Slice("b_slice1.png", 2).Slice("c_slice1.png", 3);
    }
}
