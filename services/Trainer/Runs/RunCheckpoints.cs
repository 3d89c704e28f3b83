using OrganSeg.Storage;
using OrganSeg.Trainer.Training;
using OrganSeg.Trainer.Weights;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Runs;

/// <summary>
/// The checkpoints of a run: <c>last.safetensors</c> to go on from, <c>best.safetensors</c> with the weights to publish.
/// The catalogue keeps the one before until the run names the new one.
/// </summary>
internal sealed class RunCheckpoints(RunCatalogue runs, string runId, CheckpointWriter writer, StorePatience patience)
{
    public const string Last = "last.safetensors";
    public const string Best = "best.safetensors";

    /// <summary>Puts a session where the last checkpoint left it, or leaves it at the beginning.</summary>
    public async Task<TrainingState> LoadAsync(
        RunDocument run, TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        if (!run.Checkpoints.ContainsKey(Last))
        {
            return new TrainingState();
        }

        var file = await patience.RunAsync(() => runs.ReadCheckpointAsync(run, Last, cancellationToken), cancellationToken);
        return await compute.RunAsync(() => Checkpoint.Load(session, file, Last));
    }

    /// <summary>The same, with what the store says of the run now.</summary>
    public async Task<TrainingState> LoadAsync(
        TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        await writer.FlushAsync(cancellationToken);
        var run = await patience.RunAsync(() => runs.GetAsync(runId, cancellationToken), cancellationToken);
        return await LoadAsync(run, session, compute, cancellationToken);
    }

    /// <summary>Gives the network the best epoch's weights.</summary>
    public async Task LoadBestAsync(TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        await writer.FlushAsync(cancellationToken);
        var file = await patience.RunAsync(
            async () => await runs.ReadCheckpointAsync(await runs.GetAsync(runId, cancellationToken), Best, cancellationToken),
            cancellationToken);
        await compute.RunAsync(() =>
        {
            using var scope = NewDisposeScope();
            session.Network.LoadState(SafeTensors.Read(file, Best));
            return true;
        });
    }

    public async Task SaveBestAsync(TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        var file = await compute.RunAsync(() => SafeTensors.Write(session.Published));
        await writer.OfferAsync(new WaitingCheckpoint(Best, file, run => run), cancellationToken);
    }

    /// <summary>Saves the journal and what to go on from.</summary>
    public async Task SaveLastAsync(
        TrainingState state, TrainingSession session, ComputeThread compute, CancellationToken cancellationToken)
    {
        var file = await compute.RunAsync(() => Checkpoint.Write(session, state));
        await writer.OfferAsync(
            new WaitingCheckpoint(Last, file, run => run with { Epoch = state.Epoch, Step = state.Step, Abandoned = 0 }), cancellationToken);
    }
}
