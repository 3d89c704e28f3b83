using System.Diagnostics;
using OrganSeg.Inference.Tests.Support;
using OrganSeg.Testing;

namespace OrganSeg.Inference.Tests.OpenInference;

/// <summary>A client in another language, generated from the protocol's files, against the real service.</summary>
public sealed class PythonClientTests
{
    private const string Modules = "import grpc, grpc_tools.protoc, numpy";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task EveryCall_PythonClientOfOurProtos_GetsWhatTheProtocolSays()
    {
        var python = await FindPythonAsync();
        Assert.SkipWhen(
            python is null,
            "No Python with grpc, grpc_tools and numpy (Debian: python3-grpcio python3-grpc-tools python3-numpy), so no Python client was tried.");
        await using var fixture = await Fixture.StartAsync();
        await fixture.PublishAsync("grey", GreyModel.Onnx());

        var (code, output) = await RunAsync(
            python!,
            Repository.PathOf("tests", "Inference.Tests", "OpenInference", "open_inference_client.py"),
            new Uri(fixture.Host.Address).Authority,
            Repository.PathOf("protos"),
            "inference/open_inference.proto",
            "inference/model_config.proto");

        Assert.True(code == 0, output);
        Assert.Contains("ok   ModelStreamInfer order", output, StringComparison.Ordinal);
    }

    /// <summary>The first Python on the path, or of the system, that has the modules.</summary>
    private static async Task<string?> FindPythonAsync()
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Append("/usr/bin");
        string[] names = OperatingSystem.IsWindows() ? ["python.exe"] : ["python3"];
        foreach (var file in folders.SelectMany(folder => names.Select(name => Path.Combine(folder, name))).Distinct().Where(File.Exists))
        {
            if ((await RunAsync(file, "-c", Modules)).Code == 0)
            {
                return file;
            }
        }

        return null;
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Else a file of the cache would lie beside the script.
        start.Environment["PYTHONDONTWRITEBYTECODE"] = "1";
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(Token);
            var errors = process.StandardError.ReadToEndAsync(Token);
            await process.WaitForExitAsync(Token);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}
