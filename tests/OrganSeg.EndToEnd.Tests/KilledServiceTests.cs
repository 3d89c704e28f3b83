using System.Security.Cryptography;
using System.Text.Json;
using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>
/// <c>kill -9</c> of a service in the middle of its work: the command recovers, nothing sealed is lost or half-written,
/// and nothing is left running.
/// </summary>
public sealed class KilledServiceTests
{
    private const int MaxMilliseconds = 10 * 60 * 1000;

    [Fact(Timeout = MaxMilliseconds)]
    public async Task Kill9_EachServiceInTurn_CommandsRecoverAndTheStoreStaysWhole()
    {
        Assert.SkipUnless(ServiceProcesses.CanBeSeen, "Finding another process by its environment needs Linux.");
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var organseg = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}");
        var phantoms = await PhantomFolder.WriteAsync(work.PathOf("phantoms"), patients: 12, token);
        string[] ingest =
        [
            "ingest", phantoms.Images, "--labels", phantoms.Labels, "--split", phantoms.Split, "--dataset", "phantoms",
            "--size", "64",
        ];

        await RunAndKillAsync(organseg, "Ingest", "receive:", token, ingest);
        var dataset = Assert.Single(await ListAsync(organseg, "datasets", token));
        Assert.Equal(phantoms.Count, dataset.GetProperty("splits").EnumerateArray().Sum(s => s.GetProperty("slices").GetInt32()));

        await RunAndKillAsync(
            organseg, "Trainer", " 1/20 ", token,
            "train", "--dataset", "phantoms", "--architecture", "organsegnet", "--model", "tiny",
            "--set", "width=4", "--set", "epochs=20", "--set", "batchSize=4");
        Assert.Single(await ListAsync(organseg, "models", token));

        string[] evaluate = ["evaluate", "--dataset", "phantoms", "--split", "train", "--model", "tiny", "--report"];
        await RunAndKillAsync(organseg, "Inference", "tiny@1:", token, [.. evaluate, work.PathOf("report-1")]);
        await RunAndKillAsync(organseg, "Evaluator", "tiny@1:", token, [.. evaluate, work.PathOf("report-2")]);

        AssertSealedDocumentsAreWhole(work.PathOf("store"));
        Assert.Empty(ServiceProcesses.Of(organseg.Home));
    }

    [Fact(Timeout = MaxMilliseconds)]
    public async Task Kill9_CommandItself_LeavesNoProcess()
    {
        Assert.SkipUnless(ServiceProcesses.CanBeSeen, "Finding another process by its environment needs Linux.");
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var organseg = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}");
        using var up = organseg.Start("up", "--json", "--ports", "free");
        await up.WaitForLineAsync("\"ingest\"", token);
        Assert.Equal(6, ServiceProcesses.Of(organseg.Home).Count);

        var processes = ServiceProcesses.Open(organseg.Home);
        up.Kill();

        // Each service sees its standard input end and stops by itself.
        foreach (var process in processes)
        {
            await process.WaitForExitAsync(token);
            process.Dispose();
        }

        Assert.Empty(ServiceProcesses.Of(organseg.Home));
    }

    /// <summary>Runs a command and kills a service when a line appears; the command must recover.</summary>
    private static async Task RunAndKillAsync(
        CommandLine organseg, string project, string line, CancellationToken cancellationToken, params string[] arguments)
    {
        using var command = organseg.Start(arguments);
        await command.WaitForLineAsync(line, cancellationToken);
        ServiceProcesses.Kill(organseg.Home, project);
        var result = await command.WaitAsync(cancellationToken);
        Assert.Empty(ServiceProcesses.Of(organseg.Home));
        result.Succeeded();
    }

    private static async Task<IReadOnlyList<JsonElement>> ListAsync(
        CommandLine organseg, string command, CancellationToken cancellationToken) =>
        [.. (await organseg.RunAsync(cancellationToken, command, "--json")).Json().GetProperty(command).EnumerateArray()];

    /// <summary>Every manifest, model and report that can be seen is readable JSON with all that it names.</summary>
    private static void AssertSealedDocumentsAreWhole(string store)
    {
        foreach (var file in Directory.EnumerateFiles(store, "*.json", SearchOption.AllDirectories))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var folder = Path.GetDirectoryName(file)!;
            if (Path.GetFileName(file) == "manifest.json")
            {
                Assert.All(
                    document.RootElement.GetProperty("cases").EnumerateArray(),
                    patient => AssertHash(Path.Combine(folder, patient.GetProperty("shard").GetString()!), patient));
            }
            else if (Path.GetFileName(file) == "model.json")
            {
                Assert.All(
                    document.RootElement.GetProperty("files").EnumerateObject(),
                    entry => AssertHash(Path.Combine(folder, entry.Name), entry.Value));
            }
        }
    }

    private static void AssertHash(string file, JsonElement described) => Assert.Equal(
        described.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(file))));
}
