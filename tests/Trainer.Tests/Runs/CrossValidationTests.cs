using System.Text.Json;
using Grpc.Core;
using Microsoft.ML.OnnxRuntime;
using OrganSeg.Contracts;
using OrganSeg.Storage;
using OrganSeg.Trainer.Headless;
using OrganSeg.Trainer.Tests.Support;
using OrganSeg.V1;
using RunState = OrganSeg.V1.RunState;

namespace OrganSeg.Trainer.Tests.Runs;

public sealed class CrossValidationTests : IDisposable
{
    private static readonly (string, string)[] Settings = [("folds", "3"), ("epochs", "2"), ("learningRate", "0.01")];

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task StartRun_ThreeFolds_PublishesEachFoldAndTheirMean()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        var manifest = await TinyData.SealAsync(host.Store, "validation", Token);

        var run = await host.StartRunAsync(Token, Settings);
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(3, run.Members.Count);
        Assert.True(events[^1].Run.State == RunState.Succeeded, events[^1].Run.Error);
        Assert.Equal("tiny-model", events[^1].Run.Model);
        var ensemble = await host.Models.ResolveAsync("tiny-model", Token);
        Assert.Equal(["p0", "p1", "p2"], ensemble.TrainingCases);
        Assert.Equal(TinyData.Notice, ensemble.Notice);
        Assert.True(ParityCertificate.FromJson(await host.Models.ReadFileAsync(ensemble, "parity.json", Token)).Passed);

        var members = new List<ModelDocument>();
        for (var fold = 1; fold <= 3; fold++)
        {
            members.Add(await host.Models.ResolveAsync($"tiny-model-fold{fold}", Token));
            Assert.Equal(2, members[^1].TrainingCases.Count);
            Assert.Equal(fold, members[^1].Specification!.Value.GetProperty("fold").GetInt32());
            Assert.Equal(3, members[^1].Specification!.Value.GetProperty("folds").GetInt32());
            var document = await host.Client.GetRunAsync(new GetRunRequest { RunId = run.Members[fold - 1] }, cancellationToken: Token);
            Assert.Equal(run.RunId, document.Parent);
        }

        // Each patient is left out once.
        Assert.Equal(["p0", "p1", "p2"], members.Select(member => Assert.Single(ensemble.TrainingCases.Except(member.TrainingCases))).Order());
        await EqualsMeanOfMembersAsync(host, manifest, ensemble, members);
        await ScoresAreThoseOfTheMembersAsync(host, run.RunId, manifest, ensemble, members);
    }

    [Fact]
    public async Task StartRun_FoldsThatCannotBe_NamesTheField()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token, works: false);
        await TinyData.SealAsync(host.Store, "test", Token);

        Assert.Equal(["settings.folds"], await FieldsAsync(("folds", "1")));
        Assert.Equal(["settings.folds"], await FieldsAsync(("folds", "3")));
        Assert.Equal(["settings.fold"], await FieldsAsync(("folds", "2"), ("fold", "3")));
        Assert.Equal(["settings.fold"], await FieldsAsync(("fold", "1")));

        async Task<IEnumerable<string>> FieldsAsync(params (string, string)[] settings)
        {
            var error = await Assert.ThrowsAsync<RpcException>(() => host.StartRunAsync(Token, settings));
            return GrpcErrors.ToOrganSegException(error).Violations.Select(violation => violation.Field);
        }
    }

    [Fact]
    public async Task StartRun_SameAgainAfterTheTrainerStoppedBetweenFolds_TrainsOnlyWhatIsLeft()
    {
        string id, first;
        await using (var host = await TrainerHost.StartAsync(_folder.Path, Token))
        {
            await TinyData.SealAsync(host.Store, "validation", Token);
            var begun = await host.StartRunAsync(Token, [.. Settings, ("epochs", "4"), ("quantize", "false")]);
            (id, first) = (begun.RunId, begun.Members[0]);
            await host.WatchAsync(first, Token);
            await host.StopAsync(Token);
        }

        await using var next = await TrainerHost.StartAsync(_folder.Path, Token);
        var ended = await next.Runs.GetAsync(first, Token);
        var run = await next.StartRunAsync(Token, [.. Settings, ("epochs", "4"), ("quantize", "false")]);
        var events = await next.WatchAsync(run.RunId, Token);

        Assert.Equal(id, run.RunId);
        Assert.True(events[^1].Run.State == RunState.Succeeded, events[^1].Run.Error);
        Assert.Equal(ended.UpdatedAt, (await next.Runs.GetAsync(first, Token)).UpdatedAt);
        Assert.Equal("1", (await next.Models.ResolveAsync("tiny-model-fold1", Token)).Version);
        var another = await next.StartRunAsync(Token, [.. Settings, ("epochs", "4"), ("quantize", "false")]);
        Assert.NotEqual(id, another.RunId);
        await next.Client.CancelRunAsync(new CancelRunRequest { RunId = another.RunId }, cancellationToken: Token);
        await next.WatchAsync(another.Members[0], Token);
    }

    [Fact]
    public async Task ResumeRun_CancelledCrossValidation_GoesOnWithItsFolds()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        await TinyData.SealAsync(host.Store, "validation", Token);
        var run = await host.StartRunAsync(Token, [.. Settings, ("epochs", "12"), ("quantize", "false")]);
        await host.WatchAsync(run.Members[1], Token, until: e => e.Batch is not null);

        await host.Client.CancelRunAsync(new CancelRunRequest { RunId = run.RunId }, cancellationToken: Token);
        await host.WatchAsync(run.Members[1], Token);
        var states = new List<Storage.RunState>();
        foreach (var id in run.Members.Append(run.RunId))
        {
            states.Add((await host.Runs.GetAsync(id, Token)).State);
        }

        await host.Client.ResumeRunAsync(new ResumeRunRequest { RunId = run.RunId }, cancellationToken: Token);
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.Equal(
            [Storage.RunState.Succeeded, Storage.RunState.Cancelled, Storage.RunState.Cancelled, Storage.RunState.Cancelled], states);
        Assert.True(events[^1].Run.State == RunState.Succeeded, events[^1].Run.Error);
        Assert.Equal("1", (await host.Models.ResolveAsync("tiny-model-fold1", Token)).Version);
    }

    [Fact]
    public async Task Claims_MembersThatACrashKeptFromBeingCreated_CreateThem()
    {
        await using var host = await TrainerHost.StartAsync(_folder.Path, Token);
        var manifest = await TinyData.SealAsync(host.Store, "validation", Token);
        var spec = TinyData.Specification with
        {
            Dataset = manifest.Reference,
            DatasetDigest = manifest.Digest,
            Folds = 2,
            Epochs = 1,
            Quantize = false,
        };

        var run = await host.Runs.CreateAsync(spec.ToJson(), null, 2, Token);
        host.Live.Ring();
        var events = await host.WatchAsync(run.RunId, Token);

        Assert.True(events[^1].Run.State == RunState.Succeeded, events[^1].Run.Error);
    }

    [Fact]
    public async Task HeadlessRun_OneFoldThenAll_TrainsThatFoldThenEachAndTheirMean()
    {
        var data = Path.Combine(_folder.Path, "data");
        await TinyData.SealAsync(new FolderObjectStore(data), "validation", Token);

        var one = await RunAsync(new { dataset = "tiny", architecture = "organsegnet", model = "one", width = 4, epochs = 1, folds = 3, fold = 2, quantize = false });
        var all = await RunAsync(new { dataset = "tiny", architecture = "organsegnet", model = "all", width = 4, epochs = 1, folds = 3, quantize = false });

        var models = new ModelCatalogue(new FolderObjectStore(Path.Combine(_folder.Path, "out")), TimeProvider.System);
        Assert.Equal(0, one);
        Assert.Equal(0, all);
        Assert.Equal(
            (await models.ResolveAsync("all-fold2", Token)).Files["weights.safetensors"],
            (await models.ResolveAsync("one", Token)).Files["weights.safetensors"]);
        Assert.Equal(["p0", "p1", "p2"], (await models.ResolveAsync("all", Token)).TrainingCases);
        var images = Directory.CreateDirectory(Path.Combine(_folder.Path, "images")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(images, "a.png"), Imaging.Png.WriteGrey(TinyData.Slice(3).Image), Token);
        Assert.Equal(0, await HeadlessCommand.RunAsync(
            ["parity", "--model", Path.Combine(_folder.Path, "out", "models", "all", "1"), "--images", images],
            TextWriter.Null, TextWriter.Null, Token));

        async Task<int> RunAsync<T>(T spec)
        {
            var file = Path.Combine(_folder.Path, "spec.json");
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(spec), Token);
            return await HeadlessCommand.RunAsync(
                ["run", "--spec", file, "--data", data, "--out", Path.Combine(_folder.Path, "out")], TextWriter.Null, TextWriter.Null, Token);
        }
    }

    [Fact]
    public async Task HeadlessRun_KilledBetweenFolds_TrainsOnlyWhatIsLeft()
    {
        await TinyData.SealAsync(new FolderObjectStore(_folder.Path), "validation", Token);
        var (spec, store) = (Path.Combine(_folder.Path, "spec.json"), Path.Combine(_folder.Path, "out"));
        await File.WriteAllTextAsync(
            spec,
            JsonSerializer.Serialize(new { dataset = "tiny", architecture = "organsegnet", model = "all", width = 4, epochs = 6, folds = 2, quantize = false }),
            Token);
        string[] command = ["run", "--spec", spec, "--data", _folder.Path, "--out", store];
        var runs = new RunCatalogue(new FolderObjectStore(store), TimeProvider.System);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(2));
        RunDocument? first = null;
        await using (TrainerProcess.Start(command))
        {
            while (first is not { State: Storage.RunState.Succeeded })
            {
                await Task.Delay(10, limit.Token);
                first = await runs.ListAsync(limit.Token).FirstOrDefaultAsync(run => run.RunId.EndsWith("-1", StringComparison.Ordinal), limit.Token);
            }
        }

        while (true)
        {
            await using var again = TrainerProcess.Start(command);
            if (await again.WaitAsync(TimeSpan.FromMinutes(1), limit.Token) == 0)
            {
                break;
            }

            // The one killed may have given a sign of life too short ago.
            Assert.Contains("by another Trainer", await again.TextAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(first.UpdatedAt, (await runs.GetAsync(first.RunId, Token)).UpdatedAt);
        var models = new ModelCatalogue(new FolderObjectStore(store), TimeProvider.System);
        Assert.Equal(["all-fold1@1", "all-fold2@1", "all@1"], await models.ListAsync(Token).Select(model => model.Reference).Order(StringComparer.Ordinal).ToListAsync(Token));
    }

    /// <summary>What ONNX Runtime makes of the ensemble against the mean computed here from what it makes of the members.</summary>
    private static async Task EqualsMeanOfMembersAsync(
        TrainerHost host, DatasetManifest manifest, ModelDocument ensemble, List<ModelDocument> members)
    {
        using var joined = new InferenceSession(await host.Models.ReadFileAsync(ensemble, "model.onnx", Token));
        var single = new List<InferenceSession>();
        try
        {
            foreach (var member in members)
            {
                single.Add(new InferenceSession(await host.Models.ReadFileAsync(member, "model.onnx", Token)));
            }

            var (image, _) = TinyData.Slice(5);
            var (logits, labels) = Run(joined, image.Pixels);
            var probabilities = single.Select(session => Softmax(Run(session, image.Pixels).Logits, manifest.LabelSchema.Count)).ToList();
            var pixels = labels.Length;
            for (var i = 0; i < logits.Length; i++)
            {
                var mean = probabilities.Average(p => p[i]);
                Assert.Equal(mean, Math.Exp(logits[i]), 1e-5);
                Assert.Equal(Math.Log(mean), logits[i], 1e-3);
            }

            for (var pixel = 0; pixel < pixels; pixel++)
            {
                var best = Enumerable.Range(0, manifest.LabelSchema.Count).MaxBy(c => logits[(c * pixels) + pixel]);
                Assert.Equal(best, labels[pixel]);
            }
        }
        finally
        {
            single.ForEach(session => session.Dispose());
        }
    }

    /// <summary>F1 counted here from the labels that the members' published models give for the patient each has not seen.</summary>
    private static async Task ScoresAreThoseOfTheMembersAsync(
        TrainerHost host, string runId, DatasetManifest manifest, ModelDocument ensemble, List<ModelDocument> members)
    {
        var run = await host.Client.GetRunAsync(new GetRunRequest { RunId = runId }, cancellationToken: Token);
        var datasets = new DatasetCatalogue(host.Store, TimeProvider.System);
        foreach (var organ in manifest.LabelSchema.Organs)
        {
            var score = run.CrossValidation.Organs[organ.Name];
            var (hits, truth, found) = (0L, 0L, 0L);
            var folds = new List<double>();
            foreach (var member in members)
            {
                var (h, t, f) = (0L, 0L, 0L);
                using var session = new InferenceSession(await host.Models.ReadFileAsync(member, "model.onnx", Token));
                await foreach (var sample in datasets.ReadAsync(manifest, null, Token))
                {
                    if (!member.TrainingCases.Contains(sample.Case))
                    {
                        var labels = Run(session, sample.Image.Pixels).Labels;
                        h += labels.Zip(sample.Labels.Pixels).Count(pair => pair.First == organ.Id && pair.Second == organ.Id);
                        t += sample.Labels.Pixels.Count(label => label == organ.Id);
                        f += labels.Count(label => label == organ.Id);
                    }
                }

                folds.Add(2.0 * h / (t + f));
                (hits, truth, found) = (hits + h, truth + t, found + f);
            }

            var mean = folds.Average();
            Assert.Equal(2.0 * hits / (truth + found), score.Pooled, 1e-3);
            Assert.Equal(mean, score.Mean, 1e-3);
            Assert.Equal(Math.Sqrt(folds.Sum(f1 => Math.Pow(f1 - mean, 2)) / 2), score.Deviation, 1e-3);
            Assert.Equal(3u, score.Folds);
            Assert.Equal(score.Pooled, ensemble.Metrics[$"cross-validation.f1.{organ.Name}.pooled"]);
        }

        Assert.Equal(members.Select(member => member.Reference), run.CrossValidation.Folds.Select(fold => fold.Model));
        Assert.All(run.CrossValidation.Folds, fold => Assert.Equal((1u, 4u), (fold.Patients, fold.Slices)));
    }

    private static (float[] Logits, byte[] Labels) Run(InferenceSession session, byte[] grey)
    {
        using var input = OrtValue.CreateTensorValueFromMemory(
            grey.Select(value => (float)value).ToArray(), [1, 1, TinyData.Size, TinyData.Size]);
        using var options = new RunOptions();
        using var outputs = session.Run(options, ["image"], [input], ["logits", "labels"]);
        return (outputs[0].GetTensorDataAsSpan<float>().ToArray(), outputs[1].GetTensorDataAsSpan<byte>().ToArray());
    }

    private static double[] Softmax(float[] logits, int classes)
    {
        var pixels = logits.Length / classes;
        var result = new double[logits.Length];
        for (var pixel = 0; pixel < pixels; pixel++)
        {
            var sum = Enumerable.Range(0, classes).Sum(c => Math.Exp(logits[(c * pixels) + pixel]));
            for (var c = 0; c < classes; c++)
            {
                result[(c * pixels) + pixel] = Math.Exp(logits[(c * pixels) + pixel]) / sum;
            }
        }

        return result;
    }
}
