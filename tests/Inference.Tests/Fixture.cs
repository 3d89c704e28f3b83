using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.Imaging;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Storage;
using OrganSeg.V1;

namespace OrganSeg.Inference.Tests;

/// <summary>The real service, an empty store, and shorthand for what every test does.</summary>
internal sealed class Fixture : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;

    private Fixture(TemporaryFolder folder, ServiceHost host)
    {
        _folder = folder;
        Host = host;
        Client = new InferenceService.InferenceServiceClient(host.Channel);
    }

    public ServiceHost Host { get; }

    public InferenceService.InferenceServiceClient Client { get; }

    public ModelCatalogue Models => Host.Get<ModelCatalogue>();

    public static async Task<Fixture> StartAsync(params (string Name, string Value)[] settings)
    {
        var folder = new TemporaryFolder();
        var host = await ServiceHost.StartInferenceAsync(
            folder.Path,
            TestContext.Current.CancellationToken,
            settings.ToDictionary(s => $"Inference:{s.Name}", s => (string?)s.Value));
        return new Fixture(folder, host);
    }

    /// <summary>A label map of all five classes, in stripes of 8 pixels.</summary>
    public static ByteImage Stripes(int width, int height) => new(
        width, height, [.. Enumerable.Range(0, width * height).Select(i => (byte)(i % width / 8 % 5))]);

    public static SegmentSliceRequest Request(ByteImage slice, string model, ulong id = 0) => new()
    {
        Id = id,
        Model = model,
        Raster = new Raster
        {
            Width = (uint)slice.Width,
            Height = (uint)slice.Height,
            Pixels = Google.Protobuf.ByteString.CopyFrom(slice.Pixels),
        },
    };

    public Task<ModelDocument> PublishAsync(string name, byte[] onnx, int size = 64) =>
        GreyModel.PublishAsync(Models, name, onnx, TestContext.Current.CancellationToken, size);

    public async Task<SegmentSliceResponse> SegmentAsync(ByteImage slice, string model) =>
        await Client.SegmentSliceAsync(Request(slice, model), cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>A client of the paths that are no gRPC. The fixture has only the endpoint that speaks HTTP/2.</summary>
    public HttpClient Http() => new()
    {
        BaseAddress = new Uri(Host.Address),
        DefaultRequestVersion = System.Net.HttpVersion.Version20,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    public static async Task<OrganSegException> FailureAsync(Func<Task> call) =>
        GrpcErrors.ToOrganSegException(await Assert.ThrowsAsync<RpcException>(call));

    public string PathOf(string model, string version, string file) =>
        Path.Combine(_folder.Path, "models", model, version, file);

    public async ValueTask DisposeAsync()
    {
        await Host.DisposeAsync();
        _folder.Dispose();
    }
}
