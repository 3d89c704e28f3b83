using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Runs;

/// <summary>One thing that happened in a run: a line of <c>metrics.jsonl</c>. Exactly one of the payloads is set.</summary>
internal sealed record RunEntry
{
    /// <summary>1 for the first, rising by one.</summary>
    public required long Sequence { get; init; }

    /// <summary>Seconds since the run began to be worked on, pauses left out.</summary>
    public required double Seconds { get; init; }

    public RunStateEntry? State { get; init; }

    public StepResult? Batch { get; init; }

    public EpochResult? Epoch { get; init; }

    public ProgressEntry? Progress { get; init; }
}
