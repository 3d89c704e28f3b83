using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Watching;

/// <summary>
/// What shows a run to people and nothing goes on from: none of it may fail the run, so that whatever goes wrong is logged
/// only. The next checkpoint writes it anew.
/// </summary>
internal sealed partial class RunViews(RunCatalogue runs, RunDocument run, RunJournal journal, ILogger logger)
{
    private int _drawn;

    /// <summary>What draws; null where nothing is to be drawn.</summary>
    public RunPictures? Pictures { get; init; }

    /// <summary>Epochs from one drawing to the next; 0 for none.</summary>
    public int PictureEpochs { get; init; }

    /// <summary>Writes the journal as a TensorBoard event file.</summary>
    public Task SaveEventsAsync(CancellationToken cancellationToken) => TryAsync(
        "event file",
        () => runs.WriteViewAsync(
            run.RunId, EventFile.NameOf(run.CreatedAt), EventFile.Write(journal.ToArray(), run.CreatedAt), cancellationToken),
        cancellationToken);

    /// <summary>Draws when an epoch has ended after which it is time to.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="session">What predicts.</param>
    /// <param name="compute">Where tensors are worked on.</param>
    /// <param name="isLast">The run's last epoch is always drawn.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task DrawAsync(
        TrainingState state, TrainingSession session, ComputeThread compute, bool isLast, CancellationToken cancellationToken)
    {
        if (Pictures is not { } pictures || PictureEpochs == 0 || state.StepInEpoch > 0 || state.Epoch == _drawn
            || !(isLast || state.Epoch % PictureEpochs == 0))
        {
            return;
        }

        _drawn = state.Epoch;
        await TryAsync(
            "learning curve",
            () => runs.WriteViewAsync(
                run.RunId, RunPictures.LearningCurve, pictures.DrawCurve(journal.ToArray()), cancellationToken),
            cancellationToken);
        await TryAsync(
            "sample predictions",
            async () =>
            {
                var png = await compute.RunAsync(() => pictures.DrawPredictions(session));
                await runs.WriteViewAsync(run.RunId, RunPictures.Predictions, png, cancellationToken);
            },
            cancellationToken);
    }

    private async Task TryAsync(string what, Func<Task> work, CancellationToken cancellationToken)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotShown(error, what, run.RunId);
        }
    }

    [LoggerMessage(2060, LogLevel.Warning, "The {What} of run {RunId} cannot be made; the run goes on without it")]
    private partial void LogNotShown(Exception error, string what, string runId);
}
