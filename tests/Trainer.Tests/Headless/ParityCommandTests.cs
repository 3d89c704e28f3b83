using System.Security.Cryptography;
using OrganSeg.Imaging;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Headless;
using OrganSeg.Trainer.Tests.Networks;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Weights;

namespace OrganSeg.Trainer.Tests.Headless;

public sealed class ParityCommandTests : IDisposable
{
    private readonly TemporaryFolder _store = new();
    private readonly TemporaryFolder _images = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _store.Dispose();
        _images.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Theory]
    [InlineData("organsegnet", 3)]
    [InlineData("deeplabv3-resnet50", 1)]
    public async Task RunAsync_PublishedModel_WritesACertificate(string architecture, int dilation)
    {
        var model = await PublishAsync(architecture, dilation);
        await WriteImagesAsync(50);
        var file = Path.Combine(_images.Path, "parity.json");

        var code = await RunAsync("--model", model, "--images", _images.Path, "--layers", "--out", file);

        Assert.Equal("", _errors.ToString());
        Assert.Equal(0, code);
        var certificate = ParityCertificate.FromJson(await File.ReadAllBytesAsync(file, Token));
        Assert.True(certificate.Passed);
        Assert.Equal(50, certificate.RealSamples);
        Assert.Contains("1x1x32x32", certificate.Shapes);
        Assert.NotEmpty(certificate.Layers!);
        Assert.Equal(
            Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(model, "weights.safetensors"), Token))),
            certificate.WeightsSha256);
        Assert.Contains("passed on 50 slices", _output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WithoutOut_PrintsTheCertificate()
    {
        var model = await PublishAsync("unet", 1);
        await WriteImagesAsync(1);

        Assert.Equal(0, await RunAsync("--model", model, "--images", _images.Path));
        Assert.True(ParityCertificate.FromJson(System.Text.Encoding.UTF8.GetBytes(_output.ToString())).Passed);
    }

    [Fact]
    public async Task RunAsync_WeightsOfAnotherModel_DoesNotPass()
    {
        var model = await PublishAsync("unet", 1, seed: 2);
        await WriteImagesAsync(1);

        Assert.Equal(1, await RunAsync("--model", model, "--images", _images.Path));
        Assert.False(ParityCertificate.FromJson(System.Text.Encoding.UTF8.GetBytes(_output.ToString())).Passed);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("weights.safetensors")]
    public async Task RunAsync_FileChangedSincePublication_NamesIt(string file)
    {
        var model = await PublishAsync("unet", 1);
        await WriteImagesAsync(1);
        await File.WriteAllBytesAsync(Path.Combine(model, file), [1, 2, 3], Token);

        Assert.Equal(1, await RunAsync("--model", model, "--images", _images.Path));
        Assert.Contains(file, _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_NoImages_SaysSo()
    {
        var model = await PublishAsync("unet", 1);

        Assert.Equal(2, await RunAsync("--model", model, "--images", _images.Path));
        Assert.Contains("holds no PNG file", _errors.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--model")]
    [InlineData("--model", "m")]
    [InlineData("--model", "m", "--images", "i", "--layer")]
    public async Task RunAsync_WrongArguments_ShowsHowToCallIt(params string[] args)
    {
        Assert.Equal(2, await RunAsync(args));
        Assert.Contains("usage: Trainer parity", _errors.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) =>
        HeadlessCommand.RunAsync(["parity", .. args], _output, _errors, Token);

    /// <summary>A version whose model is of seed 1 and whose weights are of <paramref name="seed"/>.</summary>
    private async Task<string> PublishAsync(string architecture, int dilation, ulong seed = 1)
    {
        var options = new Trainer.Networks.NetworkOptions { Architecture = architecture, Width = 4, Classes = 3, Dilation = dilation };
        using var exported = TestNetworks.Create(options);
        using var saved = TestNetworks.Create(options, seed);
        var document = new ModelDocument
        {
            Model = "m",
            Architecture = architecture,
            LabelSchema = new LabelSchema([new(0, "background"), new(1, "liver"), new(2, "kidney")]),
            Preprocessing = new PreprocessingRecipe { Size = 32 },
            Specification = System.Text.Json.JsonSerializer.SerializeToElement(new { dilation }),
        };
        await new ModelCatalogue(new FolderObjectStore(_store.Path), TimeProvider.System).PublishAsync(
            document,
            new Dictionary<string, ReadOnlyMemory<byte>>
            {
                ["model.onnx"] = OnnxExporter.Export(exported),
                ["weights.safetensors"] = SafeTensors.Write(saved.State),
            },
            Token);
        return Path.Combine(_store.Path, "models", "m", "1");
    }

    private async Task WriteImagesAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(_images.Path, $"p_slice{i:D3}.png"), Png.WriteGrey(TinyData.Slice(i).Image), Token);
        }
    }
}
