using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using OrganSeg.Testing;

namespace OrganSeg.EndToEnd.Tests;

/// <summary>A command sends its spans before it ends, and ends also where nobody takes them.</summary>
public sealed class TraceFlushTests
{
    // What the command waits for a collector, its start on a busy machine, and then some; far less than for ever.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Command_FailsAtOnce_ItsSpanIsThereWhenItEnds()
    {
        var token = TestContext.Current.CancellationToken;
        await using var receiver = await OtlpReceiver.StartAsync(token);

        await RunAsync(receiver.Endpoint, token);

        var span = Assert.Single(receiver.All.Spans);
        Assert.Equal(("organseg-cli", "organseg segment", ""), (span.Service, span.Name, span.ParentId));
        Assert.True(span.Failed);
        Assert.Equal("Invalid", span.Tags["error.type"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Command_CollectorIsAwayOrSilent_EndsSoon(bool listens)
    {
        var token = TestContext.Current.CancellationToken;
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        var endpoint = $"http://{collector.LocalEndpoint}";
        if (!listens)
        {
            collector.Stop();
        }

        Assert.InRange(await RunAsync(endpoint, token), TimeSpan.Zero, Soon);
    }

    /// <summary>How long a command takes that finds no file and needs no service.</summary>
    private static async Task<TimeSpan> RunAsync(string endpoint, CancellationToken token)
    {
        using var work = new TemporaryFolder();
        var organseg = new CommandLine(work.PathOf("home"), $"folder={work.PathOf("store")}", endpoint);
        var began = Stopwatch.GetTimestamp();
        var result = await organseg.RunAsync(token, "segment", work.PathOf("absent.png"), "--output", work.PathOf("out"));
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("absent.png", result.Error, StringComparison.Ordinal);
        return Stopwatch.GetElapsedTime(began);
    }
}
