using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using OrganSeg.Contracts;
using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Weights;
using OrganSeg.V1;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Tests.Import;

public sealed class ImportModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Import_OfWeights_PublishesTheirNetworkWithWhatTheFileSays()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = Network(width: 6, classes: 3);
        var file = SafeTensors.Write(network.State);

        var (model, progress) = await ImportAsync(host, file, Header());

        Assert.Equal(("foreign", "1"), (model.Name, model.Version));
        Assert.Equal(("6", "3", "1"), (model.Settings["width"], model.Settings["classes"], model.Settings["inputChannels"]));
        Assert.Equal(["background", "class1", "class2"], model.LabelSchema.Select(c => c.Name));
        Assert.Equal(network.ParameterCount, model.Parameters);
        Assert.Contains("named by their numbers", Assert.Single(model.Notes));
        Assert.Equal(["receive", "check", "load", "export", "parity", "publish"], progress.Select(p => p.Stage).Distinct());
        var published = await host.Models.ResolveAsync("foreign", Token);
        Assert.Equal(["model.onnx", "parity.json", "weights.safetensors"], published.Files.Keys.Order());
        Assert.Null(published.Dataset);
        Assert.Equal(224, published.Preprocessing.Size);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(file)),
            published.Specification!.Value.GetProperty("imported").GetProperty("sha256").GetString());
        using var scope = NewDisposeScope();
        var weights = SafeTensors.Read(await host.Models.ReadFileAsync(published, "weights.safetensors", Token), "weights");
        Assert.All(network.State, pair => Assert.True(pair.Value.equal(weights[pair.Key]).all().item<bool>()));
        var parity = ParityCertificate.FromJson(await host.Models.ReadFileAsync(published, "parity.json", Token));
        Assert.True(parity.Passed);
        Assert.Empty(SpoolsOf(folder));
    }

    [Fact]
    public async Task Import_WithDataset_TakesItsLabelsAndComparesOnItsSlices()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        await TinyData.SealAsync(host.Store, "validation", Token);
        using var network = Network();

        var (model, _) = await ImportAsync(host, SafeTensors.Write(network.State), Header(h => h.Dataset = "tiny"));

        Assert.Equal(4, model.RealSamples);
        Assert.Empty(model.Notes);
        var published = await host.Models.ResolveAsync("foreign", Token);
        Assert.Equal(TinyData.Size, published.Preprocessing.Size);
        Assert.Equal("pancreas", published.LabelSchema.Classes[^1].Name);
    }

    [Fact]
    public async Task Import_HalfPrecisionWithoutCounters_BecomesFloat32()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = Network();
        using var scope = NewDisposeScope();
        var state = network.State
            .Where(pair => !pair.Key.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key, pair => pair.Value.to(float16));

        await ImportAsync(host, SafeTensors.Write(state), Header());

        var published = await host.Models.ResolveAsync("foreign", Token);
        var weights = SafeTensors.Read(await host.Models.ReadFileAsync(published, "weights.safetensors", Token), "weights");
        Assert.All(state, pair => Assert.True(pair.Value.to(float32).equal(weights[pair.Key]).all().item<bool>()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Import_DeepLabV3_KeepsAnAuxiliaryHeadWhereThereIsOne(bool auxiliary)
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = SegmentationNetwork.Create(
            new NetworkOptions { Architecture = SegmentationNetworks.DeepLabV3ResNet50, Width = 4, Classes = 21, Auxiliary = auxiliary }, seed: 3);

        var (model, _) = await ImportAsync(
            host, SafeTensors.Write(network.State), Header(h => h.Architecture = SegmentationNetworks.DeepLabV3ResNet50));

        Assert.Equal(("4", "21", "3"), (model.Settings["width"], model.Settings["classes"], model.Settings["inputChannels"]));
        Assert.Equal(auxiliary, model.Settings.ContainsKey("auxiliary"));
        using var scope = NewDisposeScope();
        var published = await host.Models.ResolveAsync("foreign", Token);
        var weights = SafeTensors.Read(await host.Models.ReadFileAsync(published, "weights.safetensors", Token), "weights");
        Assert.Equal(network.State.Keys.Order(), weights.Keys.Order());
    }

    [Fact]
    public async Task Import_OrganSegNetWithoutGates_NeedsTheSetting()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = SegmentationNetwork.Create(
            new NetworkOptions { Architecture = SegmentationNetworks.OrganSegNet, Width = 4, Gates = false }, seed: 3);
        Assert.DoesNotContain(network.State.Keys, name => name.StartsWith("gate.", StringComparison.Ordinal));
        var file = SafeTensors.Write(network.State);

        // A U-Net's weights have these names too, and must not pass for OrganSegNet's.
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => ImportAsync(host, file, Header()));

        // Publication compares the exported graph with the network.
        var (model, _) = await ImportAsync(host, file, Header(h => h.Settings["gates"] = "false"));
        Assert.Equal("false", model.Settings["gates"]);
        using var scope = NewDisposeScope();
        var published = await host.Models.ResolveAsync("foreign", Token);
        var weights = SafeTensors.Read(await host.Models.ReadFileAsync(published, "weights.safetensors", Token), "weights");
        Assert.Equal(network.State.Keys.Order(), weights.Keys.Order());
    }

    [Fact]
    public async Task Import_TheSameAgain_GivesTheVersionThatIsThere()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = Network();
        var file = SafeTensors.Write(network.State);

        var (first, _) = await ImportAsync(host, file, Header());
        var (again, _) = await ImportAsync(host, file, Header());
        var (other, _) = await ImportAsync(host, file, Header(h => h.Settings["dilation"] = "4"));

        Assert.Equal(first.Version, again.Version);
        Assert.Equal(first.OnnxSha256, again.OnnxSha256);
        Assert.Contains(again.Notes, note => note.Contains("foreign@1 has the same weights already"));
        Assert.Equal("2", other.Version);
    }

    [Theory]
    [InlineData("settings.width", "contradicts w.safetensors")]
    [InlineData("head.bias", "is missing")]
    [InlineData("extra", "is not a parameter")]
    [InlineData("head.weight", "I32 [5, 4, 1, 1]")]
    [InlineData("bottleneck.0.bias", "not finite")]
    [InlineData("labels", "name 2 classes")]
    [InlineData("architecture", "not known")]
    [InlineData("model", "small letters")]
    [InlineData("settings.epochs", "is not a setting")]
    [InlineData("settings.classes", "whole number")]
    [InlineData("weights", "SHA-256")]
    [InlineData("w.safetensors", "truncated")]
    public async Task Import_OfSomethingWrong_NamesItAndPublishesNothing(string field, string expected)
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = Network();
        using var scope = NewDisposeScope();
        var state = network.State.ToDictionary(pair => pair.Key, pair => pair.Value);
        var header = Header();
        string? sha256 = null;
        switch (field)
        {
            case "settings.width":
                header.Settings["width"] = "16";
                break;
            case "settings.epochs":
                header.Settings["epochs"] = "1";
                break;
            case "settings.classes":
                header.Settings["classes"] = "five";
                break;
            case "head.bias":
                state.Remove("head.bias");
                break;
            case "extra":
                state["extra"] = zeros(1);
                break;
            case "head.weight":
                state["head.weight"] = zeros([5, 4, 1, 1], int32);
                break;
            case "bottleneck.0.bias":
                state["bottleneck.0.bias"] = full([64], double.MaxValue, float64);
                break;
            case "labels":
                header.Labels.AddRange(["background", "liver"]);
                break;
            case "architecture":
                header.Architecture = "alexnet";
                break;
            case "model":
                header.Model = "Not A Name";
                break;
            case "weights":
                sha256 = new string('0', 64);
                break;
        }

        var file = SafeTensors.Write(state);
        file = field == "w.safetensors" ? file[..^9] : file;
        var error = GrpcErrors.ToOrganSegException(
            await Assert.ThrowsAsync<RpcException>(() => ImportAsync(host, file, header, sha256)));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Contains(error.Violations, violation => violation.Field == field && violation.Description.Contains(expected));
        await AssertNothingAsync(host, folder);
    }

    [Fact]
    public async Task Import_OfAnotherArchitecture_TellsTheFirstNamesOnly()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var network = Network();

        var error = GrpcErrors.ToOrganSegException(await Assert.ThrowsAsync<RpcException>(() => ImportAsync(
            host, SafeTensors.Write(network.State), Header(h => h.Architecture = SegmentationNetworks.DeepLabV3ResNet50))));

        Assert.Equal(21, error.Violations.Count);
        Assert.Contains("is this a file of deeplabv3-resnet50?", error.Violations[^1].Description);
    }

    [Fact]
    public async Task Import_FileAboveTheLimit_IsRefusedBeforeItIsSent()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using var call = host.Client.ImportModel(cancellationToken: Token);
        await call.RequestStream.WriteAsync(new ImportModelRequest { Header = Header(h => h.Bytes = 1UL << 50) }, Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext(Token));

        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains("at most", error.Status.Detail);
    }

    [Fact]
    public async Task Import_CancelledWhileItIsSent_LeavesNothing()
    {
        using var folder = new TemporaryFolder();
        await using var host = await StartAsync(folder);
        using (var call = host.Client.ImportModel(cancellationToken: Token))
        {
            await call.RequestStream.WriteAsync(new ImportModelRequest { Header = Header(h => h.Bytes = 100 << 20) }, Token);
            for (var i = 0; i < 20; i++)
            {
                await call.RequestStream.WriteAsync(
                    new ImportModelRequest { Chunk = new WeightsChunk { Data = UnsafeByteOperations.UnsafeWrap(new byte[256 << 10]) } }, Token);
            }

            Assert.True(await call.ResponseStream.MoveNext(Token));
        }

        await AssertNothingAsync(host, folder);
    }

    private static Task<TrainerHost> StartAsync(TemporaryFolder folder) => TrainerHost.StartAsync(
        folder.Path,
        Token,
        services => services.Configure<TrainerOptions>(options => options.SpoolPath = Path.Combine(folder.Path, "spool")));

    private static SegmentationNetwork Network(int width = 4, int classes = 5) => SegmentationNetwork.Create(
        new NetworkOptions { Architecture = SegmentationNetworks.OrganSegNet, Width = width, Classes = classes }, seed: 3);

    private static ImportModelHeader Header(Action<ImportModelHeader>? change = null)
    {
        var header = new ImportModelHeader { Architecture = SegmentationNetworks.OrganSegNet, Model = "foreign", FileName = "w.safetensors" };
        change?.Invoke(header);
        return header;
    }

    private static async Task<(ImportedModel Model, List<Progress> Progress)> ImportAsync(
        TrainerHost host, byte[] file, ImportModelHeader header, string? sha256 = null)
    {
        using var call = host.Client.ImportModel(cancellationToken: Token);
        header.Bytes = (ulong)file.Length;
        try
        {
            await call.RequestStream.WriteAsync(new ImportModelRequest { Header = header }, Token);
            foreach (var part in file.Chunk(256 << 10))
            {
                await call.RequestStream.WriteAsync(new ImportModelRequest { Chunk = new WeightsChunk { Data = ByteString.CopyFrom(part) } }, Token);
            }

            var last = new WeightsChunk { Sha256 = sha256 ?? Convert.ToHexStringLower(SHA256.HashData(file)) };
            await call.RequestStream.WriteAsync(new ImportModelRequest { Chunk = last }, Token);
            await call.RequestStream.CompleteAsync();
        }
        // HTTP/2 of .NET loses a reference when the other side ends the call in the middle of a write.
        catch (Exception error) when (error is RpcException or InvalidOperationException or NullReferenceException)
        {
            // The service has answered already; reading says what.
        }

        var progress = new List<Progress>();
        ImportedModel? model = null;
        await foreach (var response in call.ResponseStream.ReadAllAsync(Token))
        {
            model = response.Model ?? model;
            if (response.Progress is { } stage)
            {
                progress.Add(stage);
            }
        }

        return (model!, progress);
    }

    private static async Task AssertNothingAsync(TrainerHost host, TemporaryFolder folder)
    {
        Assert.Empty(await host.Models.ListAsync(Token).ToListAsync(Token));
        Assert.Empty(SpoolsOf(folder));
    }

    private static string[] SpoolsOf(TemporaryFolder folder)
    {
        var spools = Path.Combine(folder.Path, "spool");
        return Directory.Exists(spools) ? Directory.GetFiles(spools) : [];
    }
}
