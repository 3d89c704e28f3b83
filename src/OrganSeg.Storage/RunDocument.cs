using System.Text.Json;

namespace OrganSeg.Storage;

/// <summary>State of a training run: <c>run.json</c>.</summary>
public sealed record RunDocument : IStoredDocument
{
    /// <inheritdoc/>
    public int Schema { get; init; } = 1;

    /// <summary>Name of the run, which begins with the time it was created.</summary>
    public required string RunId { get; init; }

    /// <summary>Where it stands.</summary>
    public required RunState State { get; init; }

    /// <summary>What to train on what and how, as it was given.</summary>
    public required JsonElement Specification { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When this document was written last.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Since when it has waited for a trainer, or had until one took it; null when one took it from another.</summary>
    public DateTimeOffset? QueuedAt { get; init; }

    /// <summary>When its trainer last said that it is alive.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>The trainer that works on it.</summary>
    public string? Owner { get; init; }

    /// <summary>Trainers in a row that vanished while they worked on it, since its last checkpoint.</summary>
    public int Abandoned { get; init; }

    /// <summary>Epochs done.</summary>
    public int Epoch { get; init; }

    /// <summary>Optimizer steps done.</summary>
    public long Step { get; init; }

    /// <summary>Bytes of memory that its Trainer's process was to need for it; null where that was not foreseen.</summary>
    public long? PredictedMemoryBytes { get; init; }

    /// <summary>The most bytes of memory that a Trainer's process had while it trained; null before that.</summary>
    public long? PeakMemoryBytes { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    /// <summary>Model it published.</summary>
    public string? Model { get; init; }

    /// <summary>Version of the model it published.</summary>
    public string? ModelVersion { get; init; }

    /// <summary>Whether somebody asked for it to end.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>W3C trace context of the request that created it or resumed it last, so that the training joins its trace.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Its checkpoints by file name.</summary>
    public IReadOnlyDictionary<string, ModelFile> Checkpoints { get; init; } = new Dictionary<string, ModelFile>();

    /// <summary>
    /// Runs that have to be over before this one can be worked on: those of a cross-validation's folds, in their order;
    /// empty for any other run.
    /// </summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>The run that this one is a member of; null for any other run.</summary>
    public string? Parent { get; init; }

    /// <summary>What a cross-validation measured; null for any other run, and before its end.</summary>
    public CrossValidationResult? CrossValidation { get; init; }
}
