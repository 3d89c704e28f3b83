using OrganSeg.Inference.Tests.Support;
using OrganSeg.Testing;

namespace OrganSeg.Inference.Tests.OpenInference;

/// <summary>A client in another language, generated from the protocol's files, against the real service.</summary>
public sealed class PythonClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryCall_PythonClientOfOurProtos_GetsWhatTheProtocolSays()
    {
        var python = await SystemPython.FindAsync("import grpc, grpc_tools.protoc, numpy", Token);
        Assert.SkipUnless(
            python is not null,
            "No Python with grpc, grpc_tools and numpy (Debian: python3-grpcio python3-grpc-tools python3-numpy), so no Python client was tried.");
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var (code, output) = await python.RunAsync(
            "",
            Token,
            Repository.PathOf("tests", "Inference.Tests", "OpenInference", "open_inference_client.py"),
            new Uri(fixture.Host.Address).Authority,
            Repository.PathOf("protos"),
            "inference/open_inference.proto",
            "inference/model_config.proto");

        Assert.True(code == 0, output);
        Assert.Contains("ok   ModelStreamInfer order", output, StringComparison.Ordinal);
    }
}
