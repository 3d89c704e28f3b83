using Grpc.Core;
using OrganSeg.Contracts;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Tests;

/// <summary>The log of who imported what.</summary>
public sealed class ImportAuditTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Import_Sealed_IsInTheLogWithCallerAndDigest()
    {
        await using var host = await IngestHost.StartAsync(Token);
        var upload = Upload.To("organs", header => header.Pseudonyms = true).Slice("a_slice1.png").Slice("a_slice2.png").Slice("b_slice1.png");

        var dataset = await SendAsAsync(host, upload, "Ærø, ward 7");

        var record = Assert.Single(await ListAsync(host));
        Assert.Equal(("sealed", "", "organs", "1"), (record.Outcome, record.Error, record.Dataset, record.Version));
        Assert.Equal(dataset.Digest, record.Digest);
        Assert.Equal((6ul, 3ul, 2u), (record.Files, record.Slices, record.Cases));
        Assert.Equal(("Ærø, ward 7", false, "127.0.0.1"), (record.User, record.UserIsAuthenticated, record.Address));
        Assert.True(record.Pseudonyms);
        Assert.False(record.AllowBurnedIn || record.AllowLeakage);
        Assert.True(record.EndedAt >= record.BegunAt);
    }

    [Fact]
    public async Task Import_Refused_IsInTheLogWithoutNamesOfFiles()
    {
        await using var host = await IngestHost.StartAsync(Token);

        await Upload.To("organs").Slice("a_slice1.png").Image("jane-doe_slice2.png", Upload.Plain(1)).SendBadAsync(host, Token);

        var record = Assert.Single(await ListAsync(host));
        Assert.Equal(("failed", "invalid", "", ""), (record.Outcome, record.Error, record.Version, record.User));
        Assert.Equal(3ul, record.Files);
        Assert.DoesNotContain("jane-doe", record.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_CallerLeaves_IsInTheLogAsCancelled()
    {
        await using var host = await IngestHost.StartAsync(Token);
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(Token);
        using (var call = host.Client.Import(cancellationToken: leave.Token))
        {
            foreach (var message in Upload.To("organs").Slice("a_slice1.png").Messages(1 << 18).Take(2))
            {
                await call.RequestStream.WriteAsync(message, Token);
            }

            // That the first file is there is told once the import is in the log.
            Assert.True(await call.ResponseStream.MoveNext(Token));
            Assert.Equal("begun", Assert.Single(await ListAsync(host)).Outcome);
            await leave.CancelAsync();
        }

        await host.StopAsync(Token);
        var record = Assert.Single(Directory.GetFiles(Path.Combine(host.StorePath, "imports"), "import.json", SearchOption.AllDirectories));
        Assert.Contains("\"outcome\": \"cancelled\"", await File.ReadAllTextAsync(record, Token), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ListImports_Many_NewestFirstOfTheDatasetUpToTheLimit()
    {
        await using var host = await IngestHost.StartAsync(Token);
        foreach (var name in (string[])["one", "two", "one"])
        {
            await Upload.To(name).Slice("a_slice1.png").SendAsync(host, Token);
            host.Clock.PutForward(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(["one", "two", "one"], (await ListAsync(host)).Select(record => record.Dataset));
        Assert.Equal(["1", "1"], (await ListAsync(host, "one")).Select(record => record.Version));
        Assert.Equal("one", Assert.Single(await ListAsync(host, limit: 1)).Dataset);
        var wrong = await Assert.ThrowsAsync<RpcException>(() => ListAsync(host, "Not A Name"));
        Assert.Equal("dataset", Assert.Single(GrpcErrors.ToOrganSegException(wrong).Violations).Field);
    }

    [Theory]
    [InlineData("line%0Abreak%1B%5B2J", "linebreak[2J")]
    [InlineData("100%", "100%")]
    [InlineData("%20", "")]
    public async Task Import_OddName_IsOneLine(string header, string shown)
    {
        await using var host = await IngestHost.StartAsync(Token);
        using var call = host.Client.Import(new Metadata { { CallHeaders.User, header } }, cancellationToken: Token);
        foreach (var message in Upload.To("organs").Slice("a_slice1.png").Messages(1 << 18))
        {
            await call.RequestStream.WriteAsync(message, Token);
        }

        await call.RequestStream.CompleteAsync();
        await call.ResponseStream.ReadAllAsync(Token).CountAsync(Token);

        Assert.Equal(shown, Assert.Single(await ListAsync(host)).User);
    }

    private static async Task<Dataset> SendAsAsync(IngestHost host, Upload upload, string user)
    {
        using var call = host.Client.Import(new Metadata { { CallHeaders.User, CallHeaders.Encode(user) } }, cancellationToken: Token);
        foreach (var message in upload.Messages(1 << 18))
        {
            await call.RequestStream.WriteAsync(message, Token);
        }

        await call.RequestStream.CompleteAsync();
        return (await call.ResponseStream.ReadAllAsync(Token).LastAsync(Token)).Dataset;
    }

    private static async Task<IReadOnlyList<ImportRecord>> ListAsync(IngestHost host, string dataset = "", uint limit = 0) =>
        (await host.Client.ListImportsAsync(new ListImportsRequest { Dataset = dataset, Limit = limit }, cancellationToken: Token)).Imports;
}
