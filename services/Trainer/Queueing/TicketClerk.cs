using Microsoft.Extensions.Options;
using OrganSeg.ServiceDefaults;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;

namespace OrganSeg.Trainer.Queueing;

/// <summary>Judges messages by what the store says of their runs.</summary>
internal sealed class TicketClerk(RunCatalogue runs, RunClaims claims, IOptions<TrainerOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Moment = TimeSpan.FromSeconds(1);

    /// <summary>Takes the run that a message names; null when that cannot be, and the message is dealt with.</summary>
    /// <exception cref="OrganSegException">The store cannot be asked; the message shows up again.</exception>
    public async Task<RunDocument?> TakeAsync(RunTicket ticket, CancellationToken cancellationToken)
    {
        using var quiet = QuietWork.Start();
        if (await FindAsync(ticket.RunId, cancellationToken) is not { } run)
        {
            await ticket.PoisonAsync("There is no run of this name in the store.");
            return null;
        }

        var claimed = RunStateEntry.IsFinal(run.State) ? null : await claims.TryAsync(run, cancellationToken);
        if (claimed is null)
        {
            await DismissAsync(ticket, cancellationToken);
        }

        return claimed;
    }

    /// <summary>Says what becomes of a message whose run is not worked on here, or not any more.</summary>
    public async Task DismissAsync(RunTicket ticket, CancellationToken cancellationToken)
    {
        var run = await runs.GetAsync(ticket.RunId, cancellationToken);
        var limit = options.Value.MaxAbandonments;
        if (run.State == RunState.Failed && run.Abandoned >= limit)
        {
            await ticket.PoisonAsync(run.Error ?? "The run failed.");
        }
        else if (RunStateEntry.IsFinal(run.State) || (run.State == RunState.Queued && run.Members.Count > 0))
        {
            // A cross-validation is announced again by the last of its folds.
            await ticket.DoneAsync();
        }
        else
        {
            var left = RunOwnership.IsFree(run, time.GetUtcNow(), options.Value.StaleAfter)
                ? TimeSpan.Zero
                : RunOwnership.FreeAt(run, options.Value.StaleAfter) - time.GetUtcNow();
            await ticket.ReturnAsync(run.Owner is null ? TimeSpan.Zero : left < Moment ? Moment : left);
        }
    }

    private async Task<RunDocument?> FindAsync(string runId, CancellationToken cancellationToken)
    {
        try
        {
            return await runs.TryGetAsync(runId, cancellationToken);
        }
        catch (OrganSegException error) when (error.Kind == ErrorKind.Invalid)
        {
            return null;
        }
    }
}
