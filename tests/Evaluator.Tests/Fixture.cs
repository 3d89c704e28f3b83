using System.Text.Json;
using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Evaluator.Tests;

/// <summary>The real Evaluator beside the real Inference, over real gRPC, on one folder.</summary>
internal sealed class Fixture : IAsyncDisposable
{
    public const int Size = 64;

    // Far from the seeds of evaluated slices, so that no slice is on both sides.
    private const int TrainedSeed = 30;

    private readonly TemporaryFolder _folder;

    private Fixture(TemporaryFolder folder, ServiceHost inference, ServiceHost evaluator)
    {
        _folder = folder;
        Inference = inference;
        Evaluator = evaluator;
        Client = new EvaluatorService.EvaluatorServiceClient(evaluator.Channel);
    }

    public ServiceHost Inference { get; private set; }

    public ServiceHost Evaluator { get; }

    public EvaluatorService.EvaluatorServiceClient Client { get; }

    public ModelCatalogue Models => Evaluator.Get<ModelCatalogue>();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Fixture> StartAsync(params (string Name, string Value)[] settings)
    {
        var folder = new TemporaryFolder();
        var inference = await ServiceHost.StartInferenceAsync(folder.Path, Token);
        var configuration = settings.ToDictionary(s => $"Evaluator:{s.Name}", s => (string?)s.Value);
        configuration["services:inference:grpc:0"] = inference.Address;
        var evaluator = await ServiceHost.StartAsync(
            folder.Path, builder => builder.AddEvaluator(), app => app.MapEvaluator(), Token, configuration);
        return new Fixture(folder, inference, evaluator);
    }

    /// <summary>Takes Inference away, as a crash would, and brings it back on the same port when told to.</summary>
    public async Task<Func<Task>> StopInferenceAsync()
    {
        var address = Inference.Address;
        await Inference.AbortAsync();
        return async () => Inference = await ServiceHost.StartInferenceAsync(_folder.Path, Token, url: address);
    }

    /// <summary>
    /// Seals a dataset: <c>slices</c> slices a case in test, one more of a case of its own in train. Every slice is
    /// painted from its labels by <see cref="GreyModel.Paint"/>.
    /// </summary>
    public async Task<DatasetManifest> SealAsync(IReadOnlyList<string> cases, int slices, bool leaky = false, string name = "toy", int trainedSeed = TrainedSeed)
    {
        await using var writer = await Evaluator.Get<DatasetCatalogue>().BeginAsync(
            name,
            Size,
            LabelSchema.Abdomen,
            new PreprocessingRecipe { Size = Size },
            new DatasetSplit { Policy = leaky ? "slice" : "patient", Leaky = leaky },
            null,
            Token);
        for (var c = 0; c < cases.Count; c++)
        {
            await writer.AddCaseAsync(cases[c], [.. Enumerable.Range(0, slices).Select(s => Slice(s, c + s, "test"))], Token);
        }

        await writer.AddCaseAsync("trained", [Slice(0, trainedSeed, "train")], Token);
        return await writer.SealAsync(Token);
    }

    /// <summary>Class 1 to 4 in bands whose border moves with the seed; class 4 is left out of every third slice.</summary>
    public static ByteImage Labels(int seed)
    {
        var labels = new ByteImage(Size, Size);
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                var band = (x + seed) / 12 % 5;
                labels.Row(y)[x] = (byte)(band == 4 && seed % 3 == 0 ? 0 : y is > 8 and < 56 ? band : 0);
            }
        }

        return labels;
    }

    public Task<(Report Report, JsonElement Json)> EvaluateAsync(string dataset, params string[] models)
    {
        var request = new EvaluateRequest { Dataset = dataset, Split = "test" };
        request.Models.AddRange(models);
        return EvaluateAsync(request);
    }

    public async Task<(Report Report, JsonElement Json)> EvaluateAsync(EvaluateRequest request)
    {
        using var call = Client.Evaluate(request, cancellationToken: Token);
        var messages = await call.ResponseStream.ReadAllAsync(Token).ToListAsync(Token);
        Assert.Equal(EvaluateResponse.PayloadOneofCase.Report, messages[^1].PayloadCase);
        Assert.All(messages.SkipLast(1), m => Assert.Equal(EvaluateResponse.PayloadOneofCase.Progress, m.PayloadCase));
        var report = messages[^1].Report;
        return (report, JsonDocument.Parse(report.Json).RootElement);
    }

    public async Task<OrganSegException> EvaluateFailsAsync(string dataset, string split, params string[] models)
    {
        var request = new EvaluateRequest { Dataset = dataset, Split = split };
        request.Models.AddRange(models);
        using var call = Client.Evaluate(request, cancellationToken: Token);
        return GrpcErrors.ToOrganSegException(await Assert.ThrowsAsync<RpcException>(
            async () => await call.ResponseStream.ReadAllAsync(Token).CountAsync(Token)));
    }

    public async Task<byte[]> ReadAsync(string reportId, string file)
    {
        using var call = Client.GetReportFile(
            new GetReportFileRequest { ReportId = reportId, File = file }, cancellationToken: Token);
        using var whole = new MemoryStream();
        await foreach (var chunk in call.ResponseStream.ReadAllAsync(Token))
        {
            chunk.Data.WriteTo(whole);
        }

        return whole.ToArray();
    }

    public async ValueTask DisposeAsync()
    {
        await Evaluator.DisposeAsync();
        await Inference.DisposeAsync();
        _folder.Dispose();
    }

    private static CaseSlice Slice(int index, int seed, string split)
    {
        var labels = Labels(seed);
        return new CaseSlice($"slice{index:000}", split, Size, Size, false, GreyModel.Paint(labels), labels);
    }
}
