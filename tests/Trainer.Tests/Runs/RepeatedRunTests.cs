using OrganSeg.Trainer.Tests.Support;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class RepeatedRunTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_SameSpecificationTwice_WritesTheSameMetricsAndWeights()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);
        (string, string)[] settings = [("augmentation", "strong"), ("weightAveraging", "0.9"), ("dropout", "0.1"), ("sampling", "rare-organs")];

        var one = await host.StartRunAsync(Token, settings);
        await host.WatchAsync(one.RunId, Token);
        var two = await host.StartRunAsync(Token, settings);
        await host.WatchAsync(two.RunId, Token);

        var first = await MetricsLines.ReadAsync(_folder.Path, one.RunId, Token);
        Assert.NotEmpty(first);
        Assert.Equal(first, await MetricsLines.ReadAsync(_folder.Path, two.RunId, Token));
        Assert.Equal(
            (await host.Models.ResolveAsync("tiny-model@1", Token)).Files["weights.safetensors"],
            (await host.Models.ResolveAsync("tiny-model@2", Token)).Files["weights.safetensors"]);
    }
}
