using Microsoft.Extensions.Configuration;

namespace OrganSeg.AppHost.Offline;

/// <summary>Keeps one service running: starts it when what it waits for is healthy, and again when it crashes.</summary>
internal sealed class ServiceSupervisor(
    ProjectResource service,
    IReadOnlyDictionary<string, ServiceProject> projects,
    ServiceAddresses addresses,
    ServiceLog log,
    SupervisorContext context)
{
    private readonly TaskCompletionSource _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ServiceProject _project = projects[service.Name];

    public ProjectResource Service => service;

    /// <summary>Completes when the service is healthy for the first time.</summary>
    public Task Healthy => _healthy.Task;

    /// <summary>Runs until told to stop; the service has ended then.</summary>
    /// <exception cref="HostException">The service cannot be kept running.</exception>
    public async Task RunAsync(IEnumerable<Task> dependencies, StopSignals signals)
    {
        try
        {
            await Task.WhenAll(dependencies).WaitAsync(signals.Stopping);
            var failures = 0;
            for (var run = 1; ; run++)
            {
                var started = context.Time.GetTimestamp();
                var exitCode = await RunOnceAsync(run, signals);
                var elapsed = context.Time.GetElapsedTime(started);
                failures = elapsed.TotalSeconds >= context.Settings.StableSeconds ? 1 : failures + 1;
                await RecoverAsync(exitCode, failures, signals.Stopping);
            }
        }
        catch (OperationCanceledException) when (signals.Stopping.IsCancellationRequested)
        {
            // Stopped, as asked.
        }
    }

    private async Task<int> RunOnceAsync(int run, StopSignals signals)
    {
        var instance = $"{Environment.ProcessId}-{service.Name}-{run}";
        var environment = ServiceEnvironment.For(
            service, (name, endpoint) => addresses[name, endpoint], projects, instance, context.Configuration);
        await using var process = ServiceProcess.Start(_project, environment, log.Write);
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(signals.Stopping);
            var health = context.Health.WaitAsync(service, (name, endpoint) => addresses[name, endpoint], ended.Token);
            if (await Task.WhenAny(health, process.Exited) == health)
            {
                await health;
                context.Say(run == 1
                    ? $"{service.Name} is ready (process {process.Id})"
                    : $"{service.Name} is ready again (process {process.Id})");
                _healthy.TrySetResult();
            }
            else
            {
                await ended.CancelAsync();
                await health.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            return await process.Exited.WaitAsync(signals.Stopping);
        }
        finally
        {
            await process.StopAsync(
                TimeSpan.FromSeconds(context.Settings.StopSeconds), context.Time, signals.Hurry);
        }
    }

    private async Task RecoverAsync(int exitCode, int failures, CancellationToken stopping)
    {
        var (lines, portWasTaken) = log.TakeLastLines();
        var limit = context.Settings.Failures;
        if (!Healthy.IsCompleted)
        {
            if (portWasTaken && failures < limit)
            {
                // Another program took a port after it was found free. Nobody knows our addresses yet, because
                // whoever needs them waits for this service.
                addresses.Assign(_project, declared: false);
                context.Say($"{service.Name}: a port was taken meanwhile; trying others");
                return;
            }

            limit = Math.Min(limit, context.Settings.FailuresAtStart);
        }

        if (failures >= limit)
        {
            var what = Healthy.IsCompleted ? $"failed {failures} times in a row" : "cannot start";
            throw new HostException(
                $"{service.Name} {what}: it ended with exit code {exitCode}. Its log is {log.Path}; the last lines:"
                + string.Concat(lines.Select(line => $"{Environment.NewLine}    {line}")));
        }

        var seconds = Math.Min(
            context.Settings.LongestBackOffSeconds, context.Settings.BackOffSeconds * Math.Pow(2, failures - 1));
        context.Say($"{service.Name} ended with exit code {exitCode}; starting it again in {seconds:0.##} s");
        await Task.Delay(TimeSpan.FromSeconds(seconds), context.Time, stopping);
    }
}

/// <summary>What the supervisors of one application share.</summary>
internal sealed record SupervisorContext(
    IConfiguration Configuration, HostSettings Settings, HealthProbe Health, TimeProvider Time, Action<string> Say);
