using System.Text.Json;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using OrganSeg.Contracts;
using OrganSeg.Storage;
using OrganSeg.Trainer.Export;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Publishing;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.V1;
using RunState = OrganSeg.V1.RunState;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class TrainerServiceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StartRun_TinyDataset_PublishesAModelThatSaysWhereItCameFrom()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        var manifest = await TinyData.SealAsync(host.Store, "validation", Token);

        var run = await host.StartRunAsync(Token);
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Queued, run.State);
        Assert.Equal(Enumerable.Range(1, events.Count).Select(i => (ulong)i), events.Select(e => e.Sequence));
        Assert.Equal(RunState.Queued, events[0].Run.State);
        Assert.Equal(RunState.Succeeded, events[^1].Run.State);
        Assert.Equal("tiny-model", events[^1].Run.Model);
        Assert.Equal("1", events[^1].Run.ModelVersion);
        Assert.Equal([1u, 2, 3], events.Where(e => e.Epoch is not null).Select(e => e.Epoch.Epoch));
        Assert.Equal(6, events.Count(e => e.Batch is not null));
        Assert.Equal(
            ["load train", "load validation", "export", "parity", "quantize", "publish"],
            events.Where(e => e.Progress is not null).Select(e => e.Progress.Stage).Where(stage => !stage.StartsWith("int8", StringComparison.Ordinal)));

        var model = await host.Models.ResolveAsync("tiny-model", Token);
        Assert.Equal(manifest.Digest, model.DatasetDigest);
        Assert.Equal("tiny@1", model.Dataset);
        Assert.Equal(["p0", "p1"], model.TrainingCases);
        Assert.Equal(TinyData.Notice, model.Notice);
        Assert.Equal(run.RunId, model.RunId);
        Assert.Equal(["model.onnx", "parity.json", "quantization.json", "weights.safetensors"],
            model.Files.Keys.Where(file => !file.StartsWith("model.int8", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Assert.True(ParityCertificate.FromJson(await host.Models.ReadFileAsync(model, "parity.json", Token)).Passed);
        var last = events.Last(e => e.Epoch is { Best: true }).Epoch;
        Assert.Equal(last.MeanValidationF1, model.Metrics["validation.f1.mean"], 1e-12);

        var document = await host.Client.GetRunAsync(new GetRunRequest { RunId = run.RunId }, cancellationToken: Token);
        Assert.Equal(RunState.Succeeded, document.State);
        Assert.Equal(3u, document.Epoch);
        Assert.Equal(6ul, document.Step);
        using var json = JsonDocument.Parse(document.SpecificationJson);
        Assert.Equal(manifest.Digest, json.RootElement.GetProperty("datasetDigest").GetString());
    }

    [Fact]
    public async Task WatchRun_FinishedRun_ReplaysFromWhereTheWatcherWas()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "1"));
        var live = await host.WatchAsync(run.RunId, Token);

        // What memory held at an epoch's end is news, and is not stored.
        foreach (var epoch in live.Select(one => one.Epoch).OfType<EpochMetrics>())
        {
            epoch.MemoryBytes = 0;
        }

        Assert.Equal(live, await host.WatchAsync(run.RunId, Token));
        Assert.Equal(live.Skip(3), await host.WatchAsync(run.RunId, Token, skip: 3));
        Assert.Empty(await host.WatchAsync(run.RunId, Token, skip: (ulong)live.Count));
    }

    [Fact]
    public async Task StartRun_WrongFields_ReturnsEachAsViolation()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => host.StartRunAsync(Token, ("width", "3"), ("speed", "9")));

        var known = GrpcErrors.ToOrganSegException(error);
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        Assert.Contains(known.Violations, v => v.Field == "settings.width");
        Assert.Contains(known.Violations, v => v.Field == "settings.speed");
    }

    [Fact]
    public async Task StartRun_DatasetWithoutTrainingSlices_IsInvalid()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        var catalogue = new DatasetCatalogue(host.Store, TimeProvider.System);
        var (image, labels) = TinyData.Slice(1);
        await using var writer = await catalogue.BeginAsync(
            "tiny", TinyData.Size, Imaging.LabelSchema.Abdomen, new Imaging.PreprocessingRecipe { Size = TinyData.Size },
            new DatasetSplit { Policy = "table", Leaky = false }, null, Token);
        await writer.AddCaseAsync("p", [new CaseSlice("s", "test", TinyData.Size, TinyData.Size, false, image, labels)], Token);
        await writer.SealAsync(Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => host.StartRunAsync(Token));

        Assert.Equal("dataset", Assert.Single(GrpcErrors.ToOrganSegException(error).Violations).Field);
    }

    [Fact]
    public async Task StartRun_UnknownDataset_IsMissing()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => host.StartRunAsync(Token));

        Assert.Equal(StatusCode.NotFound, error.StatusCode);
    }

    [Fact]
    public async Task StartRun_FullQueue_IsRefusedWithATimeToRetry()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, works: false);
        await TinyData.SealAsync(host.Store, "validation", Token);
        await host.StartRunAsync(Token);
        await host.StartRunAsync(Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => host.StartRunAsync(Token));

        Assert.Equal(StatusCode.ResourceExhausted, error.StatusCode);
        Assert.NotNull(GrpcErrors.ToOrganSegException(error).RetryAfter);
    }

    [Fact]
    public async Task CancelRun_RunningRun_StopsWithACheckpointFromWhichItResumes()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "test", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "100000"));
        await host.WatchAsync(run.RunId, Token, until: e => e.Batch is not null);

        await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var events = await host.WatchAsync(run.RunId, Token);
        var stopped = await host.Runs.GetAsync(run.RunId, Token);
        var again = await host.Client.ResumeRunAsync(new ResumeRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var more = await host.WatchAsync(run.RunId, Token, skip: (ulong)events.Count, until: e => e.Batch is not null);
        await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var all = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Cancelled, events[^1].Run.State);
        Assert.Equal((long)events.Last(e => e.Batch is not null).Batch.Step, stopped.Step);
        Assert.Contains("last.safetensors", stopped.Checkpoints.Keys);
        Assert.Equal(RunState.Queued, again.State);
        Assert.Equal((ulong)stopped.Step + 1, all.Where(e => e.Batch is not null).Select(e => e.Batch.Step).First(step => step > (ulong)stopped.Step));
        Assert.True(more[^1].Batch.Step > (ulong)stopped.Step);
        var steps = all.Where(e => e.Batch is not null).Select(e => e.Batch.Step).ToArray();
        Assert.Equal(Enumerable.Range(1, steps.Length).Select(i => (ulong)i), steps);
        Assert.Equal(RunState.Cancelled, all[^1].Run.State);
        Assert.Equal(1, all.Count(e => e.Run?.State == RunState.Cancelled));
    }

    [Fact]
    public async Task CancelRun_QueuedRun_EndsAtOnceAndIsWatchedToItsEnd()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, works: false);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token);

        var cancelled = await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var events = await host.WatchAsync(run.RunId, Token);
        var again = await Assert.ThrowsAsync<RpcException>(async () =>
            await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token));

        Assert.Equal(RunState.Cancelled, cancelled.State);
        Assert.Equal([RunState.Queued, RunState.Cancelled], events.Select(e => e.Run.State));
        Assert.Equal(StatusCode.FailedPrecondition, again.StatusCode);
    }

    [Fact]
    public async Task StopAsync_RunInProgress_IsContinuedByTheNextTrainerToTheSameWeights()
    {
        (string, string)[] settings = [("epochs", "30"), ("augmentation", "none")];
        string first;
        await using (var host = await TrainerHost.StartAsync(_folder.Path, Token))
        {
            await TinyData.SealAsync(host.Store, "validation", Token);
            first = (await host.StartRunAsync(Token, settings)).RunId;
            await host.WatchAsync(first, Token, until: e => e.Batch is not null);
            await host.StopAsync(Token);
            var left = await host.Runs.GetAsync(first, Token);
            Assert.Equal(Storage.RunState.Running, left.State);
            Assert.Null(left.Owner);
            Assert.InRange(left.Step, 1, 59);
        }

        await using var next = await TrainerHost.StartAsync(_folder.Path, Token);
        var events = await next.WatchAsync(first, Token);
        var uninterrupted = await next.StartRunAsync(Token, settings);
        await next.WatchAsync(uninterrupted.RunId, Token);

        Assert.Equal(RunState.Succeeded, events[^1].Run.State);
        Assert.Equal(Enumerable.Range(1, 60).Select(i => (ulong)i), events.Where(e => e.Batch is not null).Select(e => e.Batch.Step));
        var one = await next.Models.ResolveAsync("tiny-model@1", Token);
        var two = await next.Models.ResolveAsync("tiny-model@2", Token);
        Assert.Equal(two.Files["weights.safetensors"], one.Files["weights.safetensors"]);
    }

    [Fact]
    public async Task StopAsync_WatcherConnected_EndsTheWatchAndDoesNotWaitForIt()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "test", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "100000"));
        var started = new TaskCompletionSource();
        var watching = host.WatchAsync(run.RunId, Token, until: e =>
        {
            if (e.Batch is not null)
            {
                started.TrySetResult();
            }

            return false;
        });
        await started.Task.WaitAsync(Token);

        await host.StopAsync(Token);

        var error = await Assert.ThrowsAsync<RpcException>(() => watching);
        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        var left = await host.Runs.GetAsync(run.RunId, Token);
        Assert.Null(left.Owner);
        Assert.Contains("last.safetensors", left.Checkpoints.Keys);
    }

    [Fact]
    public async Task Worker_RunWhoseTrainerDied_IsTakenOverWhenItsSignsOfLifeStop()
    {
        string id;
        await using (var host = await TrainerHost.StartAsync(_folder.Path, Token, works: false))
        {
            await TinyData.SealAsync(host.Store, "validation", Token);
            id = (await host.StartRunAsync(Token)).RunId;
            await host.Runs.UpdateAsync(
                id,
                run => run with { State = Storage.RunState.Running, Owner = "a-trainer-killed", HeartbeatAt = TimeProvider.System.GetUtcNow() },
                Token);
        }

        await using var next = await TrainerHost.StartAsync(_folder.Path, Token);
        var began = TimeProvider.System.GetTimestamp();
        var events = await next.WatchAsync(id, Token);

        Assert.Equal(RunState.Succeeded, events[^1].Run.State);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Worker_RunTakenOverByAnother_StopsWithoutTouchingIt()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "test", Token);
        var run = await host.StartRunAsync(Token, ("epochs", "100000"));
        await host.WatchAsync(run.RunId, Token, until: e => e.Batch is not null);
        await host.Runs.UpdateAsync(
            run.RunId, r => r with { Owner = "another", HeartbeatAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromHours(1) }, Token);

        // One Trainer works on one run at a time, so that the next can only end when the lost one was let go.
        var next = await host.StartRunAsync(Token, ("epochs", "1"));
        var events = await host.WatchAsync(next.RunId, Token);

        Assert.Equal(RunState.Succeeded, events[^1].Run.State);
        var lost = await host.Runs.GetAsync(run.RunId, Token);
        Assert.Equal("another", lost.Owner);
        Assert.Equal(Storage.RunState.Running, lost.State);
    }

    [Fact]
    public async Task StartRun_ExportThatComputesSomethingElse_FailsAndPublishesNothing()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, services => services.AddSingleton(provider =>
            new ModelPublisher(provider.GetRequiredService<ModelCatalogue>(), provider.GetRequiredService<TrainerTelemetry>(),
                provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<TrainerOptions>>())
            {
                Export = (network, metadata) =>
                {
                    using var other = SegmentationNetwork.Create(network.Options, seed: 99);
                    return OnnxExporter.Export(other, metadata);
                },
            }));
        await TinyData.SealAsync(host.Store, "validation", Token);

        var run = await host.StartRunAsync(Token, ("epochs", "1"));
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Failed, events[^1].Run.State);
        Assert.Contains("nothing was published", events[^1].Run.Error, StringComparison.Ordinal);
        Assert.Contains("needed 99.99", events[^1].Run.Error, StringComparison.Ordinal);
        var models = new List<ModelDocument>();
        await foreach (var model in host.Models.ListAsync(Token))
        {
            models.Add(model);
        }

        Assert.Empty(models);
    }

    [Fact]
    public async Task StartRun_Diverging_FailsWithTheDiagnosis()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);

        var run = await host.StartRunAsync(Token, ("learningRate", "1e30"), ("schedule", "constant"), ("warmUp", "0"));
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(RunState.Failed, events[^1].Run.State);
        Assert.Contains("training diverged", events[^1].Run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListRuns_SeveralRuns_ComeNewestFirst()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, works: false);
        await TinyData.SealAsync(host.Store, "validation", Token);
        await host.StartRunAsync(Token);
        await host.StartRunAsync(Token);

        var runs = await host.Client.ListRunsAsync(new ListRunsRequest(), cancellationToken: Token);

        Assert.Equal(runs.Runs.Select(run => run.RunId).OrderDescending(StringComparer.Ordinal), runs.Runs.Select(run => run.RunId));
        Assert.Equal([2u, 1u], runs.Runs.OrderByDescending(run => run.CreatedAt).Select(run => run.QueuePosition));
    }
}
