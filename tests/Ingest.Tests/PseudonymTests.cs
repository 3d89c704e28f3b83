using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>Pseudonyms for the names of PNG and NIfTI cases.</summary>
public sealed class PseudonymTests
{
    [Fact]
    public async Task Import_Pseudonyms_HideNamesAndKeepSlicesCasesAndTable()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token);

        var dataset = await Upload.To("d", header =>
            {
                header.Pseudonyms = true;
                header.Split = SplitPolicy.Table;
                header.SplitTable.Add([
                    new() { CaseId = "doe", Split = "train" },
                    new() { File = "roe_slice2.png", Split = "test" },
                    new() { File = "roe_slice2.late.png", Split = "test" },
                    new() { File = "scan.nii", Split = "validation" }]);
            })
            .Slice("doe_slice7.png", 1).Slice("doe_slice8.png", 1).Slice("roe_slice2.png", 2).Slice("roe_slice2.late.png", 2)
            .File(FileRole.Image, "scan.nii", Volumes.Plain(0)).File(FileRole.Label, "scan.nii", Volumes.Labels(3))
            .SendAsync(host, token);

        Assert.False(dataset.Leaky);
        var cases = (await host.Catalogue.GetAsync("d", token)).Cases;
        Assert.Equal(3, cases.Count);
        Assert.All(cases, one => Assert.Matches("^c[0-9a-f]{16}$", one.Case));
        var doe = cases.Single(one => one.Slices.All(slice => slice.Split == "train"));
        Assert.Equal([$"{doe.Case}_slice7", $"{doe.Case}_slice8"], doe.Slices.Select(slice => slice.Name));
        var roe = cases.Single(one => one.Slices.All(slice => slice.Split == "test"));
        Assert.Equal(2, roe.Slices.Count);
        Assert.All(roe.Slices, slice => Assert.DoesNotContain("late", slice.Name, StringComparison.Ordinal));
        Assert.Equal(3, cases.Single(one => one.Slices.All(slice => slice.Split == "validation")).Slices.Count);
    }

    [Fact]
    public async Task Import_SecretOfTheSettings_GivesTheSamePseudonymsEverywhere()
    {
        var token = TestContext.Current.CancellationToken;
        const string Secret = "--Ingest:PseudonymKey=0123456789abcdef0123456789abcdef";
        await using var one = await IngestHost.StartAsync(token, settings: Secret);
        await using var other = await IngestHost.StartAsync(token, settings: Secret);

        var first = await Upload.To("d", header => header.Pseudonyms = true).Slice("doe_slice1.png").SendAsync(one, token);
        var second = await Upload.To("d", header => header.Pseudonyms = true).Slice("doe_slice1.png").SendAsync(other, token);

        Assert.Equal(first.Digest, second.Digest);
        Assert.False(File.Exists(one.PseudonymKeyPath));

        // From Python: k = b"0123456789abcdef0123456789abcdef"; m = b"".join(len(p).to_bytes(4, "little") + p for p in (b"case", b"doe"));
        // hmac.new(k, m, "sha256").hexdigest()[:16].
        Assert.Equal("c63088556730dba9a", Assert.Single((await one.Catalogue.GetAsync("d", token)).Cases).Case);
    }

    [Fact]
    public async Task Import_SecretThatCannotBeKept_NamesTheSetting()
    {
        var token = TestContext.Current.CancellationToken;
        await using var host = await IngestHost.StartAsync(token, settings: "--Ingest:PseudonymKeyPath=/proc/none/key");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "A folder that nobody can write is known on Linux only.");

        var error = await Assert.ThrowsAsync<Grpc.Core.RpcException>(
            () => Upload.To("d", header => header.Pseudonyms = true).Slice("a_slice1.png").SendAsync(host, token));

        Assert.Equal(Grpc.Core.StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("Ingest:PseudonymKey", error.Status.Detail, StringComparison.Ordinal);
        Assert.False(await host.HasDatasetsAsync(token));
    }
}
