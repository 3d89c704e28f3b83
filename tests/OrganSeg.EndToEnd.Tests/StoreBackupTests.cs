using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>Backup and restore of a store by the command line, and a rollback of what was restored.</summary>
public sealed class StoreBackupTests
{
    private const int MaxMilliseconds = 5 * 60 * 1000;

    [Fact(Timeout = MaxMilliseconds)]
    public async Task Restore_OntoEmptyStore_GoesOnAndRollsBack()
    {
        var token = TestContext.Current.CancellationToken;
        using var work = new TemporaryFolder();
        var (store, backup, restored) = ($"folder={work.PathOf("store")}", $"folder={work.PathOf("backup")}", $"folder={work.PathOf("restored")}");
        // Two versions of the model that comes along, of which production names the second.
        var shipped = new CommandLine(work.PathOf("home"), $"folder={Repository.Root}");
        (await shipped.RunAsync(token, "models", "copy", "production", "--to", store, "--as", "organs", "--alias", "production")).Succeeded();
        (await shipped.RunAsync(token, "models", "copy", "production", "--to", store, "--as", "organs", "--notice", "again")).Succeeded();
        var first = new CommandLine(work.PathOf("home"), store);
        (await first.RunAsync(token, "promote", "organs@2")).Succeeded();

        (await first.RunAsync(token, "store", "backup", "--to", backup)).Succeeded();
        var second = new CommandLine(work.PathOf("home"), restored);
        var answer = (await second.RunAsync(token, "store", "restore", "--from", backup, "--json")).Json();
        var check = (await second.RunAsync(token, "store", "check", "--json")).Json();
        var back = (await second.RunAsync(token, "promote", "--roll-back", "production", "--json")).Json();

        Assert.Equal(3, answer.GetProperty("things").GetInt32());
        Assert.Equal((3, 0), (check.GetProperty("things").GetInt32(), check.GetProperty("problems").GetArrayLength()));
        Assert.Equal(("organs", "1"), (back.GetProperty("model").GetString(), back.GetProperty("version").GetString()));

        var damaged = Path.Combine(work.PathOf("restored"), "models", "organs", "2", "model.onnx");
        await File.AppendAllTextAsync(damaged, "x", token);
        var failed = await second.RunAsync(token, "store", "check");
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("models/organs/2/model.onnx does not match its SHA-256.", failed.Output, StringComparison.Ordinal);
        var refused = await first.RunAsync(token, "store", "restore", "--from", restored);
        Assert.Equal(1, refused.ExitCode);
    }
}
