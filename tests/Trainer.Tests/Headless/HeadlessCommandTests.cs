using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Headless;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Weights;

namespace OrganSeg.Trainer.Tests.Headless;

public sealed class HeadlessCommandTests : IDisposable
{
    private readonly TemporaryFolder _data = new();
    private readonly TemporaryFolder _out = new();
    private readonly StringWriter _output = new();
    private readonly StringWriter _errors = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _data.Dispose();
        _out.Dispose();
        _output.Dispose();
        _errors.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("datasets")]
    public async Task RunAsync_StoreOrItsDatasets_PublishesIntoTheOtherFolder(string below)
    {
        var manifest = await TinyData.SealAsync(new FolderObjectStore(_data.Path), "validation", Token);

        var code = await RunAsync(await SpecAsync(), Path.Combine(_data.Path, below));

        Assert.Equal("", _errors.ToString());
        Assert.Equal(0, code);
        Assert.True(File.Exists(Path.Combine(_out.Path, "models", "tiny-model", "1", "model.onnx")));
        Assert.Contains("published tiny-model@1", _output.ToString(), StringComparison.Ordinal);
        Assert.Contains("epoch 2: loss", _output.ToString(), StringComparison.Ordinal);
        var model = await new ModelCatalogue(new FolderObjectStore(_out.Path), TimeProvider.System).ResolveAsync("tiny-model", Token);
        Assert.Equal(manifest.Digest, model.DatasetDigest);
    }

    [Fact]
    public async Task RunAsync_Bf16_PublishesAFloat32ModelThatPassesParity()
    {
        await TinyData.SealAsync(new FolderObjectStore(_data.Path), "validation", Token);

        var code = await RunAsync(await SpecAsync(epochs: 1, precision: "bf16"), _data.Path);

        Assert.Equal("", _errors.ToString());
        Assert.Equal(0, code);
        var published = Path.Combine(_out.Path, "models", "tiny-model", "1");
        var weights = SafeTensors.ReadHeader(await File.ReadAllBytesAsync(Path.Combine(published, "weights.safetensors"), Token), "weights");
        Assert.All(weights.Entries, entry => Assert.Contains(entry.Type.Name, new[] { "F32", "I64" }));
        using var parity = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(published, "parity.json"), Token));
        Assert.True(parity.RootElement.GetProperty("passed").GetBoolean());
    }

    [Theory]
    [InlineData("cuda:99", "float32", "settings.device")]
    [InlineData("cpu", "tf32", "settings.precision")]
    [InlineData("gpu", "float32", "settings.device")]
    public async Task RunAsync_DeviceOrPrecisionThatIsNotThere_IsNamedBeforeAnythingStarts(string device, string precision, string field)
    {
        await TinyData.SealAsync(new FolderObjectStore(_data.Path), "validation", Token);

        Assert.Equal(2, await RunAsync(await SpecAsync(1, device, precision), _data.Path));
        Assert.Contains(field, _errors.ToString(), StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_out.Path, "runs")));
    }

    [Fact]
    public async Task RunAsync_AgainAfterSuccess_PublishesNothingNew()
    {
        await TinyData.SealAsync(new FolderObjectStore(_data.Path), "validation", Token);
        var spec = await SpecAsync();

        await RunAsync(spec, _data.Path);
        var code = await RunAsync(spec, _data.Path);

        Assert.Equal(0, code);
        Assert.False(Directory.Exists(Path.Combine(_out.Path, "models", "tiny-model", "2")));
    }

    [Fact]
    public async Task RunAsync_Stopped_IsContinuedByTheSameCommand()
    {
        await TinyData.SealAsync(new FolderObjectStore(_data.Path), "validation", Token);
        var spec = await SpecAsync(epochs: 20);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using var watched = new StopAtFirstEpoch(stop);

        var stopped = await HeadlessCommand.RunAsync(
            ["run", "--spec", spec, "--data", _data.Path, "--out", _out.Path], watched, _errors, stop.Token);
        var continued = await RunAsync(spec, _data.Path);

        Assert.Equal(1, stopped);
        Assert.Contains("the same command continues it", watched.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, continued);
        Assert.Single(Directory.GetDirectories(Path.Combine(_out.Path, "runs")));
    }

    [Fact]
    public async Task RunAsync_StoredRunThatCannotBeRead_DoesNotStandInTheWay()
    {
        await TinyData.SealAsync(new FolderObjectStore(_data.Path), "validation", Token);
        using var specification = JsonDocument.Parse("""{"epochs":"many"}""");
        await new RunCatalogue(new FolderObjectStore(_out.Path), TimeProvider.System).CreateAsync(specification.RootElement, null, Token);

        Assert.Equal(0, await RunAsync(await SpecAsync(epochs: 1), _data.Path));
    }

    [Fact]
    public async Task RunAsync_WrongArguments_ShowsHowToCallIt()
    {
        Assert.Equal(2, await HeadlessCommand.RunAsync(["run", "--spec", "x"], _output, _errors, Token));
        Assert.Contains("usage: Trainer run", _errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RunAsync_WrongField_NamesIt()
    {
        var spec = Path.Combine(_data.Path, "spec.json");
        await File.WriteAllTextAsync(spec, """{"dataset":"tiny","architecture":"organsegnet","model":"m","widht":8}""", Token);

        Assert.Equal(2, await RunAsync(spec, _data.Path));
        Assert.Contains("settings.widht", _errors.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(string spec, string data) =>
        HeadlessCommand.RunAsync(["run", "--spec", spec, "--data", data, "--out", _out.Path], _output, _errors, Token);

    private async Task<string> SpecAsync(int epochs = 2, string device = "auto", string precision = "float32")
    {
        var path = Path.Combine(_data.Path, "spec.json");
        await File.WriteAllTextAsync(
            path,
            JsonSerializer.Serialize(new { dataset = "tiny", architecture = "organsegnet", model = "tiny-model", width = 4, batchSize = 4, epochs, device, precision }),
            Token);
        return path;
    }

    /// <summary>Collects lines and cancels when the first epoch is announced.</summary>
    private sealed class StopAtFirstEpoch(CancellationTokenSource stop) : StringWriter
    {
        public override Task WriteLineAsync(string? value)
        {
            WriteLine(value);
            if (value?.StartsWith("epoch 1", StringComparison.Ordinal) == true)
            {
                stop.Cancel();
            }

            return Task.CompletedTask;
        }
    }
}
