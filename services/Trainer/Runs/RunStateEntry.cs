using OrganSeg.Storage;

namespace OrganSeg.Trainer.Runs;

/// <summary>The run changed state.</summary>
/// <param name="Value">The new state.</param>
/// <param name="Error">When it failed: what was wrong.</param>
/// <param name="Model">When it succeeded: the model published.</param>
/// <param name="ModelVersion">When it succeeded: the version published.</param>
internal sealed record RunStateEntry(
    RunState Value, string? Error = null, string? Model = null, string? ModelVersion = null)
{
    /// <summary>Epochs done then.</summary>
    public int Epoch { get; init; }

    /// <summary>Steps done then.</summary>
    public long Step { get; init; }

    public static bool IsFinal(RunState state) => state is RunState.Succeeded or RunState.Failed or RunState.Cancelled;
}
