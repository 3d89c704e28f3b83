using Microsoft.Extensions.Hosting;

namespace OrganSeg.ServiceDefaults;

/// <summary>
/// Stops the host when its standard input ends. Whoever started the process holds the other end, so the process ends
/// with its parent however the parent dies, on every operating system.
/// </summary>
internal sealed class StopWithStandardInput(IHostApplicationLifetime lifetime) : IHostedService
{
    /// <summary>Set to 1 by a parent that keeps the standard input open.</summary>
    public const string Variable = "ORGANSEG_STOP_WITH_STDIN";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(45);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        // A thread of its own: reading a console stream blocks whatever the API says.
        var watcher = new Thread(Watch) { IsBackground = true, Name = "stop-with-stdin" };
        watcher.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Watch()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> buffer = stackalloc byte[64];
        while (input.Read(buffer) > 0)
        {
        }

        lifetime.StopApplication();

        // A host that hangs while it stops must not outlive its parent.
        if (!lifetime.ApplicationStopped.WaitHandle.WaitOne(Patience))
        {
            Environment.Exit(1);
        }
    }
}
