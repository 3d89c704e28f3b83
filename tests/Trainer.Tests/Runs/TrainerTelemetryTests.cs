using System.Diagnostics.Metrics;
using System.Text.Json;
using OrganSeg.Storage;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Tests.Runs;

/// <summary>What a Trainer shows of runs, on a clock that the test sets.</summary>
public sealed class TrainerTelemetryTests
{
    private readonly Clock _clock = new();

    [Fact]
    public void Progress_OfARun_AgesUntilAStepAndEndsWithTheRun()
    {
        using var telemetry = new TrainerTelemetry(_clock);
        Assert.Equal([("", 0)], Measure(telemetry, "organseg.trainer.progress.age"));

        telemetry.RunBegins();
        _clock.Advance(100);
        Assert.Equal([("", 100)], Measure(telemetry, "organseg.trainer.progress.age"));
        telemetry.StepDone(new StepResult(1, 1, 1, 0.5, 8, 1e-4), seconds: 1, images: 8);
        _clock.Advance(7);
        Assert.Equal([("", 7)], Measure(telemetry, "organseg.trainer.progress.age"));
        Assert.Equal([("", 1)], Measure(telemetry, "organseg.trainer.active"));

        telemetry.RunLeft();
        Assert.Equal([("", 0)], Measure(telemetry, "organseg.trainer.progress.age"));
        Assert.Equal([("", 0)], Measure(telemetry, "organseg.trainer.active"));
    }

    [Fact]
    public void Runs_BeforeAnyHasEnded_AreShownAsNone()
    {
        using var telemetry = new TrainerTelemetry(_clock);
        Assert.Equal([("Cancelled", 0), ("Failed", 0), ("Succeeded", 0)], Measure(telemetry, "organseg.trainer.runs"));

        telemetry.RunEnded(RunState.Failed);

        Assert.Equal([("Cancelled", 0), ("Failed", 1), ("Succeeded", 0)], Measure(telemetry, "organseg.trainer.runs"));
    }

    [Fact]
    public void StoredRuns_Seen_ShowStatesAndWhoWaitsLongest()
    {
        using var telemetry = new TrainerTelemetry(_clock);
        Assert.Empty(Measure(telemetry, "organseg.trainer.queue.wait"));
        var stored = new StoredRuns();
        stored.Add(Run(RunState.Running, 500));
        stored.Add(Run(RunState.Queued, 30));
        stored.Add(Run(RunState.Queued, 60));
        // It waits for its folds and not for a Trainer.
        stored.Add(Run(RunState.Queued, 400) with { Members = ["one"] });

        telemetry.Seen(stored);
        _clock.Advance(5);

        Assert.Equal([("", 65)], Measure(telemetry, "organseg.trainer.queue.wait"));
        Assert.Equal(
            [("Cancelled", 0), ("Failed", 0), ("Queued", 3), ("Running", 1), ("Succeeded", 0)],
            Measure(telemetry, "organseg.trainer.runs.stored"));
    }

    private RunDocument Run(RunState state, double secondsAgo) => new()
    {
        RunId = "run",
        State = state,
        Specification = JsonElement.Parse("{}"),
        CreatedAt = _clock.GetUtcNow(),
        UpdatedAt = _clock.GetUtcNow().AddSeconds(-secondsAgo),
    };

    /// <summary>What an instrument of this telemetry shows now, by its only tag, if it has one.</summary>
    private static List<(string Tag, double Value)> Measure(TrainerTelemetry telemetry, string name)
    {
        var measured = new List<(string Tag, double Value)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == name && ReferenceEquals(instrument.Meter, telemetry.Meter))
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<int>((_, value, tags, _) => measured.Add((Tag(tags), value)));
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) => measured.Add((Tag(tags), value)));
        listener.SetMeasurementEventCallback<double>((_, value, tags, _) => measured.Add((Tag(tags), value)));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. measured.OrderBy(one => one.Tag, StringComparer.Ordinal)];

        static string Tag(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags.IsEmpty ? "" : (string)tags[0].Value!;
    }

    private sealed class Clock : TimeProvider
    {
        private DateTimeOffset _now = new(2024, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Advance(double seconds) => _now += TimeSpan.FromSeconds(seconds);

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _now.UtcTicks;
    }
}
