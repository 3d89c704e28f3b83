using OrganSeg.Cli.Commands;
using OrganSeg.Cli.Terminal;
using OrganSeg.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrganSeg.Cli.Work;

/// <summary>Shows a run as a part of the terminal that is drawn anew as the run goes on.</summary>
/// <param name="run">The run.</param>
/// <param name="draw">Draws.</param>
/// <param name="time">The clock.</param>
internal sealed class TrainingScreen(Run run, Action<IRenderable> draw, TimeProvider time) : IRunView
{
    private const int Rows = 12;
    private const int BarWidth = 40;

    /// <summary>Steps may come faster than anyone reads.</summary>
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly TrainingFigures _figures = new(run.SpecificationJson);
    private long? _drawn;

    public void Show(RunEvent happened)
    {
        lock (_gate)
        {
            _figures.Add(happened);
            if (happened.PayloadCase is not RunEvent.PayloadOneofCase.Batch
                || _drawn is not { } drawn || time.GetElapsedTime(drawn) >= ShortestPause)
            {
                _drawn = time.GetTimestamp();
                draw(Picture(run.RunId, _figures));
            }
        }
    }

    public void ShowPlace(uint place)
    {
        lock (_gate)
        {
            _figures.Wait(place);
            draw(Picture(run.RunId, _figures));
        }
    }

    /// <summary>The figures as they are now.</summary>
    public static IRenderable Picture(string runId, TrainingFigures figures) => new Spectre.Console.Rows(
        new Text($"run {runId}: {State(figures)}", new Style(decoration: Decoration.Bold)),
        new Text(Position(figures)),
        new Text(Latest(figures)),
        Scores(figures));

    private static string State(TrainingFigures figures) => figures switch
    {
        { State: RunState.Queued, Place: > 0 } => $"queued, {figures.Place} in line",
        { State: RunState.Running, Stage: { } stage } => stage.Total > 1 ? $"{stage.Stage} {stage.Done}/{stage.Total}" : stage.Stage,
        { State: RunState.Running } => "training",
        _ => RunView.Name(figures.State),
    };

    private static string Position(TrainingFigures figures)
    {
        if (figures.Batch is not { } batch)
        {
            return figures.State == RunState.Queued ? "not begun" : string.Empty;
        }

        var planned = figures.Planned is { } epochs ? $"/{epochs}" : string.Empty;
        var position = $"epoch {batch.Epoch}{planned}, step {figures.StepInEpoch}/{batch.StepsPerEpoch}";
        var left = figures.Left is { } time ? $", {Format.Duration(time)} left" : string.Empty;
        return figures.Done is { } done ? $"{Bar(done)} {Math.Min(done, 1):P0}  {position}{left}" : $"{position}{left}";
    }

    private static string Latest(TrainingFigures figures)
    {
        if (figures.Batch is not { } batch)
        {
            return string.Empty;
        }

        List<string> parts =
        [
            $"loss {batch.Loss:0.0000}",
            $"learning rate {batch.LearningRate:0.0e+00}",
            $"{batch.ImagesPerSecond:0.0} images/s",
        ];
        if (figures.WaitShare is { } share)
        {
            parts.Add($"waiting {share:P1}");
        }

        if (figures.Epochs is [.., { MemoryBytes: > 0 } last])
        {
            parts.Add($"memory {last.MemoryBytes / (double)(1 << 30):0.00} GiB");
        }

        return string.Join("   ", parts);
    }

    private static IRenderable Scores(TrainingFigures figures)
    {
        if (figures.Epochs.Count == 0)
        {
            return new Text(string.Empty);
        }

        var table = new Table { Border = TableBorder.Simple };
        foreach (var header in (string[])["epoch", "loss", "val loss", .. figures.Organs.Select(organ => $"{organ} F1"), "mean F1", "time", ""])
        {
            table.AddColumn(new TableColumn(new Text(header)).RightAligned());
        }

        foreach (var epoch in figures.Epochs.TakeLast(Rows))
        {
            table.AddRow((IEnumerable<IRenderable>)
            [
                new Text($"{epoch.Epoch}"),
                new Text($"{epoch.TrainLoss:0.0000}"),
                new Text($"{epoch.ValidationLoss:0.0000}"),
                .. figures.Organs.Select(organ => new Text(Format.Score(epoch.ValidationF1.TryGetValue(organ, out var f1) ? f1 : null))),
                new Text(Format.Score(epoch.MeanValidationF1)),
                new Text(Format.Duration(TimeSpan.FromSeconds(epoch.Seconds))),
                new Text(epoch.Best ? "best so far" : string.Empty),
            ]);
        }

        return table;
    }

    private static string Bar(double done)
    {
        var full = (int)Math.Round(Math.Clamp(done, 0, 1) * BarWidth);
        return new string('━', full) + new string('·', BarWidth - full);
    }
}
