using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>The audit of a published table, which needs neither dataset nor model.</summary>
public sealed class AuditTests
{
    private const int MaxMilliseconds = 5 * 60 * 1000;

    [Fact(Timeout = MaxMilliseconds)]
    public async Task Evaluate_AuditOfTheExample_FlagsItAndConsistentRowsPass()
    {
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var organseg = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}");
        var example = Path.Combine(Repository.Root, "examples", "audit", "table1.csv");
        var consistent = work.PathOf("consistent.csv");
        await File.WriteAllLinesAsync(consistent, File.ReadLines(example).Where(line => !line.StartsWith("DeepLab", StringComparison.Ordinal)), token);

        var flagged = await organseg.RunAsync(token, "evaluate", "--audit", example, "--report", work.PathOf("report"), "--json");
        var passed = await organseg.RunAsync(token, "evaluate", "--audit", consistent, "--json");

        Assert.Equal(1, flagged.ExitCode);
        Assert.Contains("\"flagged\": 4", flagged.Output, StringComparison.Ordinal);
        Assert.Equal(
            System.Text.Json.JsonDocument.Parse(flagged.Output).RootElement.GetProperty("rows").GetArrayLength(),
            System.Text.Json.JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(work.PathOf("report"), "audit.json"), token))
                .RootElement.GetProperty("rows").GetArrayLength());
        Assert.Equal(0, passed.Json().GetProperty("flagged").GetInt32());
    }
}
