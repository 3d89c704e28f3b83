using System.Diagnostics;

namespace OrganSeg.AppHost.Tests;

public sealed class TopologyTests
{
    [Fact]
    public async Task Topology_OfTheAppHost_IsTheCommittedOne()
    {
        var token = TestContext.Current.CancellationToken;
        var file = Path.GetTempFileName();
        var start = new ProcessStartInfo("dotnet", [TestHost.Assembly("OrganSeg.AppHost"), "--topology", file])
        {
            RedirectStandardError = true,
        };
        // A store of the tests' surroundings would be another topology.
        start.Environment.Remove("ConnectionStrings__blobs");
        using var process = Process.Start(start)!;
        var errors = await process.StandardError.ReadToEndAsync(token);
        await process.WaitForExitAsync(token);

        Assert.Equal((0, string.Empty), (process.ExitCode, errors));
        var expected = await File.ReadAllTextAsync(
            Path.Combine(Offline.RepositoryFolder.Root, "deploy", "topology.json"), token);
        // To accept a change: dotnet run --project OrganSeg.AppHost -c Release -- --topology deploy/topology.json
        Assert.Equal(expected, await File.ReadAllTextAsync(file, token));
        File.Delete(file);
    }
}
