using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Watching;

/// <summary>
/// What shows a run to people and nothing goes on from: none of it may fail the run or keep it waiting, so that whatever goes
/// wrong is logged only. The next checkpoint writes it anew.
/// </summary>
internal sealed partial class RunViews(RunCatalogue runs, RunDocument run, RunJournal journal, TimeProvider time, ILogger logger)
    : IAsyncDisposable
{
    private readonly ViewWriter _writer = new(runs, run.RunId, time, logger);
    private int _drawn;

    /// <summary>What draws; null where nothing is to be drawn.</summary>
    public RunPictures? Pictures { get; set; }

    /// <summary>Epochs from one drawing to the next; 0 for none.</summary>
    public int PictureEpochs { get; set; }

    /// <summary>Writes the journal as a TensorBoard event file.</summary>
    public void SaveEvents() => _writer.Offer(
        EventFile.NameOf(run.CreatedAt), () => EventFile.Write(journal.ToArray(), run.CreatedAt));

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
        _writer.Offer(RunPictures.LearningCurve, () => pictures.DrawCurve(journal.ToArray()));
        try
        {
            // The network goes on learning, so that what it predicts is drawn now.
            var png = await compute.RunAsync(() => pictures.DrawPredictions(session));
            _writer.Offer(RunPictures.Predictions, () => png);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            LogNotDrawn(error, run.RunId);
        }
    }

    /// <summary>Waits until the store has everything, and no longer than the patience.</summary>
    public Task DrainAsync(TimeSpan patience) => _writer.DrainAsync(patience);

    public ValueTask DisposeAsync() => _writer.DisposeAsync();

    [LoggerMessage(2062, LogLevel.Warning, "The sample predictions of run {RunId} cannot be drawn; the run goes on without them")]
    private partial void LogNotDrawn(Exception error, string runId);
}
