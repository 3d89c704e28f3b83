using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Storage.Queues;
using OrganSeg.Testing;
using OrganSeg.Trainer.Queueing;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Runs;

/// <summary>
/// Real Trainer processes killed at random moments. <c>ORGANSEG_KILLS</c> and <c>ORGANSEG_QUEUED_RUNS</c> in the environment
/// ask for more than the few that every build affords.
/// </summary>
public sealed class KillTests(AzuriteServer azurite) : IClassFixture<AzuriteServer>, IDisposable
{
    private static readonly TimeSpan LongestRun = TimeSpan.FromMinutes(2);

    private readonly Support.TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task HeadlessRun_KilledAtRandomMoments_EndsWithTheWeightsOfTheUninterruptedOne()
    {
        var kills = TrainerProcess.Count("ORGANSEG_KILLS", 3);
        await TinyData.SealAsync(new FolderObjectStore(_folder.Path), "validation", Token);
        await File.WriteAllTextAsync(
            Below("spec.json"),
            JsonSerializer.Serialize(new
            {
                dataset = "tiny",
                architecture = "organsegnet",
                model = "tiny-model",
                width = 4,
                batchSize = 4,
                epochs = 25,
                seed = 7,
                quantize = false,
            }),
            Token);
        var began = TimeProvider.System.GetTimestamp();
        await FinishAsync("whole");
        var whole = TimeProvider.System.GetElapsedTime(began);
        var random = new SeededRandom(20);

        // A run that is through before all kills came is checked, and the rest of them come to another.
        var (killed, round) = (0, 0);
        while (killed < kills)
        {
            var folder = $"killed{round}";
            await using var process = Start(folder);
            var moment = whole * (0.1 + 0.9 * random.NextInt(1000) / 1000);
            if (await process.WaitAsync(moment, Token) is { } code)
            {
                Assert.True(code == 0 || IsOwned(await process.TextAsync()), await process.TextAsync());
                round += code == 0 ? 1 : 0;
            }
            else
            {
                killed++;
            }
        }

        await FinishAsync($"killed{round}");

        for (; round >= 0; round--)
        {
            Assert.Equal(await WeightsAsync("whole"), await WeightsAsync($"killed{round}"));
            Assert.Equal(await LossesAsync("whole"), await LossesAsync($"killed{round}"));
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{killed} kills");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task TwoReplicas_OneKilled_EndEachQueuedRunOnce(bool onAzurite)
    {
        var account = onAzurite ? await azurite.NewAccountAsync() : null;
        var count = TrainerProcess.Count("ORGANSEG_QUEUED_RUNS", 4);
        var kills = count > 4 ? 2 : 1;
        IObjectStore store = account is null
            ? new FolderObjectStore(_folder.Path)
            : new AzureBlobObjectStore(new Azure.Storage.Blobs.BlobServiceClient(account));
        var runs = new RunCatalogue(store, TimeProvider.System);
        var models = new ModelCatalogue(store, TimeProvider.System);
        var manifest = await TinyData.SealAsync(store, "validation", Token);
        var ids = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var spec = TinyData.Specification with
            {
                Dataset = manifest.Reference,
                DatasetDigest = manifest.Digest,
                Classes = manifest.LabelSchema.Count,
                Model = $"tiny-{i}",
                Epochs = 10,
                Quantize = false,
            };
            ids.Add((await runs.CreateAsync(spec.ToJson(), null, Token)).RunId);
            if (account is not null)
            {
                await AzureMessageQueue.Open(account, "organseg-runs").SendAsync(new RunMessage { RunId = ids[^1] }.ToText(), Token);
            }
        }

        TrainerProcess Serve() => TrainerProcess.Start(
            [],
            ("ConnectionStrings__blobs", account ?? $"folder={_folder.Path}"),
            ("ConnectionStrings__queues", account ?? ""),
            ("Trainer__QueueVisibilitySeconds", "2"),
            // The queue alone has to bring the runs.
            ("Trainer__QueueSweepSeconds", account is null ? "1" : "3600"),
            ("Kestrel__Endpoints__http__Url", "http://127.0.0.1:0"),
            ("Kestrel__Endpoints__grpc__Url", "http://127.0.0.1:0"));

        await using var steady = Serve();
        for (var kill = 0; kill < kills; kill++)
        {
            await using var killed = Serve();
            await UntilAsync(runs, ids, all => all.Any(run =>
                run.State == RunState.Running && run.Step > 0 && run.Owner?.Contains(killed.OwnerPart, StringComparison.Ordinal) == true));
        }

        await using var next = Serve();
        var ended = await UntilAsync(runs, ids, all => all.All(run => run.State is RunState.Succeeded or RunState.Failed));

        Assert.All(ended, run => Assert.Equal(RunState.Succeeded, run.State));
        Assert.Equal(count, ended.Select(run => run.Model).Distinct().Count());
        foreach (var run in ended)
        {
            Assert.Equal("1", (await models.ResolveAsync(run.Model!, Token)).Version);
            var lines = System.Text.Encoding.UTF8.GetString(
                await store.ReadAllAsync("runs", $"{run.RunId}/metrics.jsonl", null, Token)).Split('\n');
            Assert.Single(lines, line => line.Contains("\"succeeded\"", StringComparison.Ordinal));
        }

        if (account is not null)
        {
            // Whoever took a message last deletes it, and none of them was poison.
            var service = new Azure.Storage.Queues.QueueServiceClient(account);
            await UntilAsync(async () => (await service.GetQueueClient("organseg-runs").GetPropertiesAsync(Token)).Value.ApproximateMessagesCount == 0);
            Assert.False(await service.GetQueueClient("organseg-runs-poison").ExistsAsync(Token));
        }
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(LongestRun);
        while (!await isSo())
        {
            await Task.Delay(50, limit.Token);
        }
    }

    private static async Task<RunDocument[]> UntilAsync(RunCatalogue runs, List<string> ids, Func<RunDocument[], bool> isSo)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(LongestRun);
        while (true)
        {
            RunDocument[] all = await Task.WhenAll(ids.Select(id => runs.GetAsync(id, limit.Token)));
            if (isSo(all))
            {
                return all;
            }

            await Task.Delay(20, limit.Token);
        }
    }

    private static bool IsOwned(string text) => text.Contains("being worked on by another Trainer", StringComparison.Ordinal);

    private TrainerProcess Start(string folder) =>
        TrainerProcess.Start(["run", "--spec", Below("spec.json"), "--data", _folder.Path, "--out", Below(folder)]);

    private async Task FinishAsync(string folder)
    {
        while (true)
        {
            await using var process = Start(folder);
            if (await process.WaitAsync(LongestRun, Token) == 0)
            {
                return;
            }

            // The one killed last may have given a sign of life too short ago.
            Assert.True(process.HasExited, "The run did not end in time.");
            Assert.True(IsOwned(await process.TextAsync()), await process.TextAsync());
        }
    }

    private Task<byte[]> WeightsAsync(string folder) =>
        File.ReadAllBytesAsync(Below(folder, "models", "tiny-model", "1", "weights.safetensors"), Token);

    private async Task<string[]> LossesAsync(string folder)
    {
        var run = Path.GetFileName(Assert.Single(Directory.GetDirectories(Below(folder, "runs"))));
        var lines = await MetricsLines.ReadAsync(Below(folder), run, Token);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(entry => entry.TryGetProperty("batch", out _) || entry.TryGetProperty("epoch", out _))
            .Select(entry => (entry.TryGetProperty("batch", out var batch) ? batch : entry.GetProperty("epoch")).GetRawText())];
    }

    private string Below(params string[] parts) => Path.Combine([_folder.Path, .. parts]);
}
