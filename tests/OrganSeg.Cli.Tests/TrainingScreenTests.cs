using OrganSeg.Cli.Commands;
using OrganSeg.Cli.Terminal;
using OrganSeg.Cli.Work;
using OrganSeg.V1;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace OrganSeg.Cli.Tests;

public sealed class TrainingScreenTests
{
    private static readonly Run Watched = new() { RunId = "r1", SpecificationJson = """{"epochs":2}""" };

    [Fact]
    public void Show_EventsOfARun_DrawsItsFigures()
    {
        var (screen, pictures) = Screen(new StoppedClock());

        screen.ShowPlace(3);
        screen.Show(State(RunState.Running));
        screen.Show(Step(5));
        screen.Show(new RunEvent
        {
            Epoch = new EpochMetrics
            {
                Epoch = 1,
                Epochs = 2,
                TrainLoss = 0.5,
                ValidationLoss = 0.75,
                ValidationF1 = { ["spleen"] = 0.25, ["liver"] = 0.875 },
                MeanValidationF1 = 0.5625,
                Best = true,
                Seconds = 10,
                WaitSeconds = 0.25,
                MemoryBytes = 3UL << 29,
            },
        });

        Assert.Contains("queued, 3 in line", pictures[0], StringComparison.Ordinal);
        var last = pictures[^1];
        Assert.Contains("run r1: training", last, StringComparison.Ordinal);
        Assert.Contains("25", last, StringComparison.Ordinal);
        Assert.Contains("epoch 1/2, step 5/10, 1:30 left", last, StringComparison.Ordinal);
        Assert.Contains("loss 0.2500", last, StringComparison.Ordinal);
        Assert.Contains("learning rate 2.0e-03", last, StringComparison.Ordinal);
        Assert.Contains("12.0 images/s", last, StringComparison.Ordinal);
        Assert.Contains("waiting 2.5", last, StringComparison.Ordinal);
        Assert.Contains("memory 1.50 GiB", last, StringComparison.Ordinal);
        Assert.Contains("0.8750", last, StringComparison.Ordinal);
        Assert.True(last.IndexOf("liver F1", StringComparison.Ordinal) < last.IndexOf("spleen F1", StringComparison.Ordinal));
    }

    [Fact]
    public void Show_StepsFasterThanAnyoneReads_DrawsTheFirstOnly()
    {
        var (screen, pictures) = Screen(new StoppedClock());

        for (var step = 1; step <= 10; step++)
        {
            screen.Show(Step(step));
        }

        Assert.Single(pictures);
        screen.Show(State(RunState.Succeeded));
        Assert.Contains("succeeded", pictures[^1], StringComparison.Ordinal);
        Assert.Contains("epoch 1/2, step 10/10", pictures[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Show_RunTakenOverFromACheckpoint_HasEachEpochOnce()
    {
        var figures = new TrainingFigures("{}");

        foreach (var epoch in (uint[])[1, 2, 3, 2, 3])
        {
            figures.Add(new RunEvent { Epoch = new EpochMetrics { Epoch = epoch, ValidationF1 = { ["liver"] = 1 } } });
        }

        Assert.Equal([1u, 2, 3], figures.Epochs.Select(epoch => epoch.Epoch));
        Assert.Null(figures.Done);
    }

    [Fact]
    public void Show_CrossValidation_HasPooledScoresAndTheirSpread()
    {
        using var text = new StringWriter();
        var output = new Output(text, TextWriter.Null, json: false, TimeProvider.System);
        var run = new Run
        {
            RunId = "r",
            Model = "m",
            ModelVersion = "1",
            Members = { "r-1", "r-2" },
            CrossValidation = new CrossValidation
            {
                Folds = { new FoldScores { Fold = 1, F1 = { ["liver"] = 0.5 } }, new FoldScores { Fold = 2, F1 = { ["liver"] = 0.7 } } },
                Organs = { ["liver"] = new CrossValidatedScore { Pooled = 0.61, Mean = 0.6, Deviation = 0.1414, Folds = 2 } },
            },
        };

        RunView.Show(output, new RunResult(run, null));

        Assert.Contains("published m@1 (run r, 2 folds)", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("0.6100", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("0.6000 ± 0.1414", text.ToString(), StringComparison.Ordinal);
    }

    private static (TrainingScreen Screen, List<string> Pictures) Screen(TimeProvider time)
    {
        var pictures = new List<string>();
        return (new TrainingScreen(Watched, picture => pictures.Add(Text(picture)), time), pictures);
    }

    private static string Text(IRenderable picture)
    {
        using var text = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No });
        console.Profile.Width = 160;
        console.Write(picture);
        return text.ToString();
    }

    private static RunEvent State(RunState state) => new() { Run = new Run { State = state } };

    /// <summary>With 20 steps in all, 5 of which take 30 s.</summary>
    private static RunEvent Step(int step) => new()
    {
        ElapsedSeconds = 6 * step,
        Batch = new BatchMetrics
        {
            Epoch = 1,
            Step = (ulong)((step - 1) % 10 + 1),
            StepsPerEpoch = 10,
            Loss = 0.25,
            ImagesPerSecond = 12,
            LearningRate = 0.002,
        },
    };

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 1000;
    }
}
