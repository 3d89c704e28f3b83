using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>Models that came with the service.</summary>
public sealed class ShippedModelsTests
{
    private static readonly ByteImage Slice = GreyModel.Paint(Fixture.Stripes(64, 64));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Start_EmptyStore_ServesTheShippedModelAsProductionAtOnce()
    {
        using var shipped = new TemporaryFolder();
        var model = await ShipAsync(shipped.Path);
        await using var fixture = await Fixture.StartAsync(("ShippedModels", shipped.Path));

        var answer = await fixture.SegmentAsync(Slice, "production");

        Assert.Equal(("came", "1"), (answer.Model, answer.ModelVersion));
        Assert.Equal(model.Digest, (await fixture.Models.ResolveAsync("production", Token)).Digest);
    }

    [Fact]
    public async Task Start_StoreWithAProductionOfItsOwn_LeavesItAlone()
    {
        using var shipped = new TemporaryFolder();
        await ShipAsync(shipped.Path);
        using var folder = new TemporaryFolder();
        var own = new ModelCatalogue(new FolderObjectStore(folder.Path), TimeProvider.System);
        await GreyModel.PublishAsync(own, "own", GreyModel.Onnx(), Token, 64);
        await own.PromoteAsync("production", "own", Token);

        await using var host = await ServiceHost.StartInferenceAsync(
            folder.Path, Token, new Dictionary<string, string?> { ["Inference:ShippedModels"] = shipped.Path });

        var found = await new InferenceService.InferenceServiceClient(host.Channel)
            .ListModelsAsync(new ListModelsRequest(), cancellationToken: Token);
        Assert.Equal("own", Assert.Single(found.Models).Name);
    }

    [Fact]
    public async Task Start_ShippedModelIsDamaged_ServesWithoutIt()
    {
        using var shipped = new TemporaryFolder();
        await ShipAsync(shipped.Path);
        await File.WriteAllTextAsync(Path.Combine(shipped.Path, "models", "came", "1", "model.onnx"), "x", Token);

        await using var fixture = await Fixture.StartAsync(("ShippedModels", shipped.Path));

        await fixture.PublishAsync("grey", GreyModel.Onnx());
        Assert.Equal("grey", (await fixture.SegmentAsync(Slice, "grey")).Model);
        Assert.Equal(ErrorKind.Missing, (await Fixture.FailureAsync(() => fixture.SegmentAsync(Slice, "production"))).Kind);
    }

    private static async Task<ModelDocument> ShipAsync(string folder)
    {
        var catalogue = new ModelCatalogue(new FolderObjectStore(folder), TimeProvider.System);
        var model = await GreyModel.PublishAsync(catalogue, "came", GreyModel.Onnx(), Token, 64);
        await catalogue.PromoteAsync("production", "came", Token);
        return model;
    }
}
