using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace OrganSeg.AppHost.Tests;

public sealed class HostRunTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Run_AllHealthy_AnnouncesEndpointsAndInjectsEnvironment()
    {
        await using var host = TestHost.Start("--ports", "free", "--up", "--OTEL_EXPORTER_OTLP_HEADERS=key=value");

        var endpoints = await host.EndpointsAsync(Token);
        var announced = await File.ReadAllTextAsync(Path.Combine(host.Folder, "up.json"), Token);
        var environment = JsonSerializer.Deserialize<Dictionary<string, string>>(
            await TestHost.GetAsync(endpoints["second"]["http"] + "/environment", Token))!;
        var trace = await File.ReadAllLinesAsync(host.TraceFile, Token);
        host.CloseInput();
        var exitCode = await host.ExitCodeAsync(Token);

        Assert.Equal(["first", "second", "third"], endpoints.Keys);
        Assert.All(endpoints.Values, urls => Assert.Equal(["grpc", "http"], urls.Keys));
        Assert.Equal(endpoints["first"]["http"], environment["services__first__http__0"]);
        Assert.Equal(endpoints["first"]["grpc"], environment["services__first__grpc__0"]);
        Assert.Equal(endpoints["second"]["http"], environment["Kestrel__Endpoints__http__Url"]);
        Assert.Equal(endpoints["second"]["grpc"], environment["Kestrel__Endpoints__grpc__Url"]);
        Assert.Equal($"folder={Path.Combine(host.Folder, "data")}", environment["ConnectionStrings__blobs"]);
        Assert.Equal("second", environment["OTEL_SERVICE_NAME"]);
        Assert.Contains("service.instance.id=", environment["OTEL_RESOURCE_ATTRIBUTES"]);
        Assert.Equal("key=value", environment["OTEL_EXPORTER_OTLP_HEADERS"]);
        Assert.Equal("1", environment["ORGANSEG_STOP_WITH_STDIN"]);
        Assert.Equal(("as given", ""), (environment["TEST_SETTING"], environment["TEST_EMPTY"]));
        // Ordered start: what waits for `first` starts after it said that it is healthy.
        Assert.True(Array.IndexOf(trace, "healthy first") < Array.IndexOf(trace, "start second"));
        Assert.Contains(endpoints["third"]["grpc"], announced);
        Assert.Contains($"\"pid\":{host.Process.Id}", announced);
        Assert.False(File.Exists(Path.Combine(host.Folder, "up.json")), "up.json is left over.");
        Assert.Equal(0, exitCode);
        Assert.Single(host.Output);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(host.Folder, "logs"), "third.log", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Run_DeclaredPortTaken_UsesAnotherAndNamesIt()
    {
        using var other = new TcpListener(IPAddress.Loopback, 5690);
        try
        {
            other.Start();
        }
        catch (SocketException)
        {
            // Somebody else has it, which serves as well.
        }

        await using var host = TestHost.Start();
        var endpoints = await host.EndpointsAsync(Token);

        var url = new Uri(endpoints["first"]["http"]);
        Assert.NotEqual(5690, url.Port);
        Assert.Contains($"first: port 5690 (http) is taken; using {url.Port}", host.Errors);
    }

    [Fact]
    public async Task Run_PortTakenBeforeServiceListens_TriesAnother()
    {
        await using var host = TestHost.Start("--ports", "free", "LosePort=first");

        var endpoints = await host.EndpointsAsync(Token);

        Assert.NotEqual(0, await TestHost.ProcessIdAsync(endpoints["first"]["http"], Token));
        Assert.Contains("first: a port was taken meanwhile; trying others", host.Errors);
    }

    [Fact]
    public async Task Run_ServiceKilled_StartsItAgainAtTheSameAddress()
    {
        await using var host = TestHost.Start("--ports", "free");
        var url = (await host.EndpointsAsync(Token))["first"]["http"];
        var before = await TestHost.ProcessIdAsync(url, Token);

        using (var service = System.Diagnostics.Process.GetProcessById(before))
        {
            service.Kill();
        }

        await TestHost.UntilAsync(() => AnotherAnswersAsync(url, before), Token);
        Assert.Contains("first ended with exit code 137; starting it again", host.Errors);
    }

    [Fact]
    public async Task Run_ServiceCrashesAgainAndAgain_GivesUpWithItsNameAndExitCode()
    {
        await using var host = TestHost.Start("--ports", "free", "--quiet", "CrashWhenHealthy=third");

        var exitCode = await host.ExitCodeAsync(Token);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("third failed 5 times in a row: it ended with exit code 8", host.Errors);
    }

    [Fact]
    public async Task Run_ServiceCannotStart_SaysWhyAndStopsTheOthers()
    {
        await using var host = TestHost.Start("--ports", "free", "--quiet", "FailAtStart=second");

        var exitCode = await host.ExitCodeAsync(Token);

        Assert.Equal(1, exitCode);
        Assert.Empty(host.Output);
        Assert.StartsWith("second cannot start: it ended with exit code 7", host.Errors);
        Assert.Contains("a setting is wrong", host.Errors);
    }

    [Fact]
    public async Task Run_ServiceNeverHealthy_GivesUpAfterTheTimeout()
    {
        await using var host = TestHost.Start(
            "--ports", "free", "--quiet", "NeverHealthy=first", "--Offline:HealthTimeoutSeconds=3");

        var exitCode = await host.ExitCodeAsync(Token);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("first cannot start: it was not healthy after 3 s", host.Errors);
    }

    [Fact]
    public async Task Stop_StandardInputEnds_LeavesNoProcess()
    {
        await using var host = TestHost.Start("--ports", "free");
        var services = await host.ProcessIdsAsync(Token);

        host.CloseInput();

        Assert.Equal(0, await host.ExitCodeAsync(Token));
        Assert.DoesNotContain(services, TestHost.Runs);
    }

    [Fact]
    public async Task Stop_Terminated_LeavesNoProcess()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no SIGTERM on Windows.");
        await using var host = TestHost.Start("--ports", "free");
        var services = await host.ProcessIdsAsync(Token);

        // The shell's own: a small system has no program of that name.
        using (var kill = System.Diagnostics.Process.Start("sh", ["-c", $"kill -TERM {host.Process.Id}"]))
        {
            await kill.WaitForExitAsync(Token);
        }

        Assert.Equal(0, await host.ExitCodeAsync(Token));
        Assert.DoesNotContain(services, TestHost.Runs);
    }

    [Fact]
    public async Task Stop_ServiceDoesNotListen_EndsItAnyway()
    {
        await using var host = TestHost.Start("--ports", "free", "IgnoreStop=second", "--Offline:StopSeconds=1");
        var services = await host.ProcessIdsAsync(Token);

        host.CloseInput();

        Assert.Equal(0, await host.ExitCodeAsync(Token));
        Assert.DoesNotContain(services, TestHost.Runs);
    }

    [Fact]
    public async Task Run_HostKilled_ServicesEndByThemselves()
    {
        await using var host = TestHost.Start("--ports", "free");
        var services = await host.ProcessIdsAsync(Token);

        host.Process.Kill();

        await TestHost.UntilAsync(() => Task.FromResult(!services.Any(TestHost.Runs)), Token);
    }

    [Fact]
    public async Task Run_UnknownPorts_IsAUsageError()
    {
        await using var host = TestHost.Start("--ports", "some");

        Assert.Equal(2, await host.ExitCodeAsync(Token));
        Assert.Equal("--ports is 'declared' or 'free', not 'some'.", host.Errors);
    }

    private static async Task<bool> AnotherAnswersAsync(string url, int before)
    {
        try
        {
            return await TestHost.ProcessIdAsync(url, Token) != before;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
