using System.Text.Json;
using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Tests.Specifications;

public sealed class SpecificationReaderTests
{
    [Fact]
    public void Read_EveryFieldWrong_NamesEachAtOnce()
    {
        var error = Assert.Throws<OrganSegException>(() => SpecificationReader.Read("", "resnet", "Bad Name", new Dictionary<string, string>
        {
            ["width"] = "wide",
            ["dilation"] = "99",
            ["epochs"] = "-1",
            ["minutes"] = "NaN",
            ["learningRate"] = "0",
            ["loss"] = "l2",
            ["device"] = "gpu",
            ["precision"] = "half",
            ["preset"] = "best",
            ["colour"] = "blue",
        }));

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal(
            [
                "architecture", "dataset", "model", "settings.colour", "settings.device", "settings.dilation", "settings.epochs", "settings.learningRate",
                "settings.loss", "settings.minutes", "settings.precision", "settings.preset", "settings.width",
            ],
            error.Violations.Select(v => v.Field).Order(StringComparer.Ordinal));
        Assert.Contains("learningRate", error.Violations.Single(v => v.Field == "settings.colour").Description, StringComparison.Ordinal);
        Assert.Contains("float32 or tf32 or bf16", error.Violations.Single(v => v.Field == "settings.precision").Description, StringComparison.Ordinal);
        Assert.Contains("cross-entropy or ce-dice", error.Violations.Single(v => v.Field == "settings.loss").Description, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_KeyGivenTwice_IsNamed()
    {
        using var json = JsonDocument.Parse("""{"dataset":"d","epochs":1,"epochs":2,"seed":1,"seed":1}""");

        var error = Assert.Throws<OrganSegException>(() => SpecificationReader.Read(json.RootElement));

        Assert.Equal(["epochs", "seed"], error.Violations.Select(v => v.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_PaperPreset_IsWhatThePaperStates()
    {
        var spec = SpecificationReader.Read("d", "organsegnet", "m", new Dictionary<string, string> { ["preset"] = "paper" });

        Assert.Equal(64, spec.Width);
        Assert.Equal(2, spec.Dilation);
        Assert.Equal(8, spec.BatchSize);
        Assert.Equal(1e-4, spec.LearningRate);
        Assert.Equal(Loss.CrossEntropy, spec.Loss);
        Assert.Equal(Schedule.Constant, spec.Schedule);
        Assert.Equal(AugmentationKind.None, spec.Augmentation);
    }

    [Fact]
    public void Read_Settings_WinOverThePreset()
    {
        var spec = SpecificationReader.Read("d", "organsegnet", "m", new Dictionary<string, string>
        {
            ["preset"] = "paper",
            ["minutes"] = "1.5",
            ["schedule"] = "one-cycle",
            ["seed"] = "18446744073709551615",
        });

        Assert.Equal(1.5, spec.Minutes);
        Assert.Null(spec.Epochs);
        Assert.Equal(Schedule.OneCycle, spec.Schedule);
        Assert.Equal(ulong.MaxValue, spec.Seed);
    }

    [Theory]
    [InlineData("organsegnet", 16, 1, 0)]
    [InlineData("unet", 16, 1, 0)]
    [InlineData("attention-unet", 16, 1, 0)]
    [InlineData("attention-unet-oktay", 16, 1, 0)]
    [InlineData("deeplabv3-resnet50", 64, 3, 0.5)]
    public void Read_EveryArchitecture_HasItsOwnDefaults(string architecture, int width, int channels, double dropout)
    {
        var spec = SpecificationReader.Read("d", architecture, "m", new Dictionary<string, string>());

        Assert.Equal((width, channels, dropout), (spec.Width, spec.InputChannels, spec.Dropout));
        Assert.Equal((channels, dropout, false), (spec.Network.Channels, spec.Network.DropoutRate, spec.Network.Auxiliary));
    }

    [Fact]
    public void Read_NetworkSettings_ReachTheNetwork()
    {
        var network = SpecificationReader.Read("d", "deeplabv3-resnet50", "m", new Dictionary<string, string>
        {
            ["inputChannels"] = "1",
            ["dropout"] = "0.25",
            ["auxiliary"] = "true",
        }).Network;

        Assert.Equal((1, 0.25, true), (network.Channels, network.DropoutRate, network.Auxiliary));
    }

    [Fact]
    public void Read_NetworkSettingsThatDoNotFit_NamesThem()
    {
        var error = Assert.Throws<OrganSegException>(() => SpecificationReader.Read("d", "unet", "m", new Dictionary<string, string>
        {
            ["inputChannels"] = "17",
            ["dropout"] = "1",
            ["auxiliary"] = "true",
        }));

        Assert.Equal(
            ["settings.auxiliary", "settings.dropout", "settings.inputChannels"],
            error.Violations.Select(v => v.Field).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void FromJson_RunOfAnOlderVersion_HasTheArchitecturesOwnOptions()
    {
        var json = JsonSerializer.SerializeToElement(new { model = "m", dataset = "d@1", architecture = "deeplabv3-resnet50", width = 64 });

        var network = RunSpecification.FromJson(json).Network;

        Assert.Equal((3, 0.5, false), (network.Channels, network.DropoutRate, network.Auxiliary));
    }

    [Fact]
    public void ToJson_AndBack_KeepsEveryField()
    {
        var spec = SpecificationReader.Read("d@3", "deeplabv3-resnet50", "m", new Dictionary<string, string>
        {
            ["width"] = "8",
            ["negativeShare"] = "0.25",
            ["augmentation"] = "none",
            ["epochs"] = "4",
            ["minutes"] = "2",
        }) with
        { DatasetDigest = "abc", Classes = 3 };

        var json = spec.ToJson();

        Assert.Equal(spec, RunSpecification.FromJson(json));
        Assert.Equal("ce-dice", json.GetProperty("loss").GetString());
        Assert.Equal("recommended", json.GetProperty("preset").GetString());
        Assert.Equal(JsonValueKind.Number, json.GetProperty("learningRate").ValueKind);
    }

    [Fact]
    public void Read_SavedSpecification_GivesTheSame()
    {
        var spec = SpecificationReader.Read("d@3", "organsegnet", "m", new Dictionary<string, string> { ["width"] = "8", ["minutes"] = "3" })
            with
        { DatasetDigest = "abc" };

        Assert.Equal(spec, SpecificationReader.Read(spec.ToJson()));
    }

    [Fact]
    public void Read_JsonThatIsNoObject_IsInvalid() =>
        Assert.Equal(ErrorKind.Invalid, Assert.Throws<OrganSegException>(() => SpecificationReader.Read(JsonSerializer.SerializeToElement(3))).Kind);
}
