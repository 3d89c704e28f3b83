using System.Text.Json;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>Shows a run's events: where in the epoch it is, and a row of validation scores after each.</summary>
internal sealed class TrainingBoard(IProgressBoard board, string specificationJson)
{
    private const int ScoreWidth = 9;

    private readonly Limits _limits = Limits.Read(specificationJson);
    private string[]? _organs;

    public void Show(RunEvent happened)
    {
        switch (happened.PayloadCase)
        {
            case RunEvent.PayloadOneofCase.Batch:
                Show(happened.Batch, TimeSpan.FromSeconds(happened.ElapsedSeconds));
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

    private void Show(BatchMetrics batch, TimeSpan elapsed)
    {
        var done = batch.StepsPerEpoch == 0 ? 0 : ((long)batch.Step - 1) % batch.StepsPerEpoch + 1;
        var left = TimeLeft(batch, elapsed) is { } time ? $", {Format.Duration(time)} left" : string.Empty;
        board.Report(
            "training",
            done,
            batch.StepsPerEpoch,
            $"of epoch {batch.Epoch}, loss {batch.Loss:0.0000}, {batch.ImagesPerSecond:0.0} images/s{left}");
    }

    private void Show(EpochMetrics epoch)
    {
        if (_organs is null)
        {
            _organs = [.. epoch.ValidationF1.Keys.OrderBy(OrganOrder).ThenBy(name => name, StringComparer.Ordinal)];
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

    private TimeSpan? TimeLeft(BatchMetrics batch, TimeSpan elapsed)
    {
        var byMinutes = _limits.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) - elapsed : (TimeSpan?)null;
        var steps = _limits.Epochs is { } epochs ? epochs * (long)batch.StepsPerEpoch : 0;
        var bySteps = steps > 0 && batch.Step > 0 ? elapsed * (Math.Max(0, steps - (long)batch.Step) / (double)batch.Step) : (TimeSpan?)null;
        var left = byMinutes is null || bySteps < byMinutes ? bySteps : byMinutes;
        return left is null ? null : left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    private static string Row(string epoch, string loss, string validationLoss, IEnumerable<string> scores, string time) =>
        $"{epoch,8} {loss,ScoreWidth} {validationLoss,ScoreWidth} {string.Concat(scores.Select(score => $"{score,ScoreWidth + 4}"))}  {time}";

    /// <summary>The paper's order; other organs follow by name.</summary>
    private static int OrganOrder(string organ)
    {
        string[] known = ["liver", "kidney", "spleen", "pancreas"];
        return Array.IndexOf(known, organ) is >= 0 and var index ? index : known.Length;
    }

    /// <summary>What bounds a run, as its specification says.</summary>
    private sealed record Limits(double? Epochs, double? Minutes)
    {
        public static Limits Read(string json)
        {
            try
            {
                using var document = JsonDocument.Parse(json);
                return new(Number(document.RootElement, "epochs"), Number(document.RootElement, "minutes"));
            }
            catch (JsonException)
            {
                // Only the estimate of the time left depends on it.
                return new(null, null);
            }
        }

        private static double? Number(JsonElement specification, string name) =>
            specification.ValueKind == JsonValueKind.Object
            && specification.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.Number
            && value.GetDouble() > 0
                ? value.GetDouble()
                : null;
    }
}
