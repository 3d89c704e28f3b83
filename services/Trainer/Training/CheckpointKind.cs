namespace OrganSeg.Trainer.Training;

/// <summary>What a checkpoint is for.</summary>
internal enum CheckpointKind
{
    /// <summary>To continue from.</summary>
    Last,

    /// <summary>To publish.</summary>
    Best,
}
