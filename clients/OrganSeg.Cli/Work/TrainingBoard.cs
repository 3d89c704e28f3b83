using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Shows a run in lines: where in the epoch it is, and a row of validation scores after each.</summary>
internal sealed class TrainingBoard(IProgressBoard board, string specificationJson) : IRunView
{
    private const int ScoreWidth = 9;

    private readonly TrainingFigures _figures = new(specificationJson);
    private IReadOnlyList<string>? _organs;
    private uint _place;

    public void Show(RunEvent happened)
    {
        _figures.Add(happened);
        switch (happened.PayloadCase)
        {
            case RunEvent.PayloadOneofCase.Batch:
                Show(happened.Batch);
                break;
            case RunEvent.PayloadOneofCase.Epoch:
                Show(happened.Epoch);
                break;
            case RunEvent.PayloadOneofCase.Progress:
                var progress = happened.Progress;
                board.Report(progress.Stage, progress.Done, progress.Total, progress.Unit);
                break;
            default:
                break;
        }
    }

    public void ShowPlace(uint place)
    {
        if (place != _place)
        {
            board.Note($"queued, {place} in line");
            _place = place;
        }
    }

    private void Show(BatchMetrics batch)
    {
        var left = _figures.Left is { } time ? $", {Format.Duration(time)} left" : string.Empty;
        board.Report(
            "training",
            _figures.StepInEpoch,
            batch.StepsPerEpoch,
            $"of epoch {batch.Epoch}, loss {batch.Loss:0.0000}, {batch.ImagesPerSecond:0.0} images/s{left}");
    }

    private void Show(EpochMetrics epoch)
    {
        if (_organs is null)
        {
            _organs = _figures.Organs;
            board.Note(Row("epoch", "loss", "val loss", [.. _organs.Select(organ => $"{organ} F1"), "mean F1"], "time"));
        }

        double?[] scores = [.. _organs.Select(organ => epoch.ValidationF1.TryGetValue(organ, out var f1) ? f1 : (double?)null), epoch.MeanValidationF1];
        board.Note(Row(
            epoch.Epochs > 0 ? $"{epoch.Epoch}/{epoch.Epochs}" : $"{epoch.Epoch}",
            $"{epoch.TrainLoss:0.0000}",
            $"{epoch.ValidationLoss:0.0000}",
            [.. scores.Select(Format.Score)],
            $"{Format.Duration(TimeSpan.FromSeconds(epoch.Seconds))}{(epoch.Best ? "  best so far" : string.Empty)}"));
    }

    private static string Row(string epoch, string loss, string validationLoss, IEnumerable<string> scores, string time) =>
        $"{epoch,8} {loss,ScoreWidth} {validationLoss,ScoreWidth} {string.Concat(scores.Select(score => $"{score,ScoreWidth + 4}"))}  {time}";
}
