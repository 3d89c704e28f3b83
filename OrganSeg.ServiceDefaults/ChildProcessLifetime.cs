using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace OrganSeg.ServiceDefaults;

/// <summary>
/// Lifetime of a service that another process of ours started. A terminal sends Ctrl-C to everything that runs in it;
/// only the parent obeys, so that it can still ask its services to end their work in order before it lets them go.
/// </summary>
internal sealed class ChildProcessLifetime(IHostApplicationLifetime lifetime) : IHostLifetime, IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => context.Cancel = true));
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            lifetime.StopApplication();
        }));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
