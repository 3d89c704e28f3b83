using System.Text.Json;
using OrganSeg.V1;

namespace OrganSeg.Cli.Work;

/// <summary>What is known of a run from its events so far.</summary>
/// <param name="specificationJson">The run's specification, which bounds it.</param>
internal sealed class TrainingFigures(string specificationJson)
{
    private readonly Limits _limits = Limits.Read(specificationJson);
    private readonly List<EpochMetrics> _epochs = [];
    private string[]? _organs;

    /// <summary>Where the run stands; queued before the first event.</summary>
    public RunState State { get; private set; } = RunState.Queued;

    /// <summary>Its place in the line; 0 when it does not wait or the place is not known.</summary>
    public uint Place { get; private set; }

    /// <summary>The latest step, or null before the first.</summary>
    public BatchMetrics? Batch { get; private set; }

    /// <summary>Steps done of the current epoch.</summary>
    public long StepInEpoch => Batch is { StepsPerEpoch: > 0 } batch ? ((long)batch.Step - 1) % batch.StepsPerEpoch + 1 : 0;

    /// <summary>Part of the run that is done, 0 to 1; null where nothing tells it.</summary>
    public double? Done { get; private set; }

    /// <summary>Time until training ends; null where nothing tells it.</summary>
    public TimeSpan? Left { get; private set; }

    /// <summary>Work outside the training loop; null while it trains.</summary>
    public Progress? Stage { get; private set; }

    /// <summary>Epochs done, in order.</summary>
    public IReadOnlyList<EpochMetrics> Epochs => _epochs;

    /// <summary>Epochs planned; null when minutes alone bound the run.</summary>
    public int? Planned => _limits.Epochs is { } epochs ? (int)epochs : null;

    /// <summary>Organs with a score, in the paper's order; others follow by name.</summary>
    public IReadOnlyList<string> Organs => _organs ?? [];

    /// <summary>Part of the latest epoch that training waited for its batches; null before the first.</summary>
    public double? WaitShare => _epochs is [.., { Seconds: > 0 } last] ? last.WaitSeconds / last.Seconds : null;

    /// <summary>Takes an event in.</summary>
    public void Add(RunEvent happened)
    {
        switch (happened.PayloadCase)
        {
            case RunEvent.PayloadOneofCase.Run:
                (State, Place) = (happened.Run.State, 0);
                break;
            case RunEvent.PayloadOneofCase.Batch:
                (Batch, Stage, Place) = (happened.Batch, null, 0);
                (Done, Left) = Estimate(happened.Batch, TimeSpan.FromSeconds(happened.ElapsedSeconds));
                break;
            case RunEvent.PayloadOneofCase.Epoch:
                // A run that is taken over tells what followed its checkpoint once more.
                _epochs.RemoveAll(epoch => epoch.Epoch >= happened.Epoch.Epoch);
                _epochs.Add(happened.Epoch);
                if (_organs is null || happened.Epoch.ValidationF1.Keys.Except(_organs).Any())
                {
                    _organs = [.. (_organs ?? []).Union(happened.Epoch.ValidationF1.Keys).OrderBy(OrganOrder).ThenBy(name => name, StringComparer.Ordinal)];
                }

                break;
            case RunEvent.PayloadOneofCase.Progress:
                Stage = happened.Progress;
                break;
            default:
                break;
        }
    }

    /// <summary>The run waits at a place in the line.</summary>
    public void Wait(uint place) => Place = place;

    private (double? Done, TimeSpan? Left) Estimate(BatchMetrics batch, TimeSpan elapsed)
    {
        var byMinutes = _limits.Minutes is { } minutes ? TimeSpan.FromMinutes(minutes) - elapsed : (TimeSpan?)null;
        var steps = _limits.Epochs is { } epochs ? epochs * (long)batch.StepsPerEpoch : 0;
        var part = steps > 0 ? batch.Step / (double)steps : (double?)null;
        var bySteps = part > 0 ? elapsed * (Math.Max(0, 1 - part.Value) / part.Value) : (TimeSpan?)null;
        if (byMinutes is { } left && (bySteps is null || left <= bySteps))
        {
            return (elapsed / TimeSpan.FromMinutes(_limits.Minutes!.Value), left < TimeSpan.Zero ? TimeSpan.Zero : left);
        }

        return (part, bySteps);
    }

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
