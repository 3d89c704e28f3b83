using System.Threading.Channels;
using Grpc.Core;
using OrganSeg.V1;

namespace OrganSeg.Trainer.Import;

/// <summary>Tells the caller how far the import is, without making the import wait for the caller to read it.</summary>
internal sealed class ImportProgress : IAsyncDisposable
{
    private readonly Channel<Progress> _messages = Channel.CreateUnbounded<Progress>();
    private readonly Task _telling;

    public ImportProgress(IServerStreamWriter<ImportModelResponse> responses, CancellationToken cancellationToken) =>
        _telling = TellAsync(responses, cancellationToken);

    public void Report(string stage, long done, long total, string unit) =>
        _messages.Writer.TryWrite(new Progress { Stage = stage, Done = done, Total = total, Unit = unit });

    /// <summary>Waits until all is told.</summary>
    public Task EndAsync()
    {
        _messages.Writer.TryComplete();
        return _telling;
    }

    /// <summary>Leaves out what is not told yet. A message on its way is waited for: breaking it off would break the call
    /// off, and its error with it. All messages of a call together fit into the window of its stream.</summary>
    public async ValueTask DisposeAsync()
    {
        _messages.Writer.TryComplete();
        while (_messages.Reader.TryRead(out _))
        {
        }

        await _telling.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task TellAsync(IServerStreamWriter<ImportModelResponse> responses, CancellationToken cancellationToken)
    {
        await foreach (var progress in _messages.Reader.ReadAllAsync(cancellationToken))
        {
            await responses.WriteAsync(new ImportModelResponse { Progress = progress }, cancellationToken);
        }
    }
}
