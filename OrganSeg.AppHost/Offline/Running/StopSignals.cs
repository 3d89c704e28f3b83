using System.Runtime.InteropServices;

namespace OrganSeg.AppHost.Offline;

/// <summary>
/// Everything that ends the application: Ctrl-C, SIGTERM, the closing of the terminal, and the end of standard input for
/// a parent that asked for it. The first asks services to finish; a second signal ends them at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _stopping;
    private readonly CancellationTokenSource _hurry = new();
    private readonly PosixSignalRegistration[] _registrations;

    public StopSignals(CancellationToken cancellationToken)
    {
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var isChild = Environment.GetEnvironmentVariable(ServiceEnvironment.StopWithStandardInput) == "1";
        _registrations =
        [
            // A terminal sends these to everything that runs in it: with a parent, it is the parent that obeys, because
            // it may still have work for the services before it lets go.
            .. new[] { PosixSignal.SIGINT, PosixSignal.SIGHUP }
                .Select(signal => PosixSignalRegistration.Create(signal, isChild ? context => context.Cancel = true : Handle)),
            .. new[] { PosixSignal.SIGTERM, PosixSignal.SIGQUIT }
                .Select(signal => PosixSignalRegistration.Create(signal, Handle)),
        ];
        if (isChild)
        {
            // A thread of its own: reading a console stream blocks whatever the API says.
            new Thread(WatchStandardInput) { IsBackground = true, Name = "stop-with-stdin" }.Start();
        }
    }

    public CancellationToken Stopping => _stopping.Token;

    public CancellationToken Hurry => _hurry.Token;

    /// <summary>Stops the application from within.</summary>
    public void Stop() => _stopping.Cancel();

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _stopping.Dispose();
        _hurry.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stopping.IsCancellationRequested)
        {
            _hurry.Cancel();
        }

        _stopping.Cancel();
    }

    private void WatchStandardInput()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> buffer = stackalloc byte[64];
        while (input.Read(buffer) > 0)
        {
        }

        try
        {
            _stopping.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The application has ended already.
        }
    }
}
