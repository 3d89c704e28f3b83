namespace OrganSeg.Trainer.Specifications;

/// <summary>A set of defaults.</summary>
internal enum Preset
{
    /// <summary>What reaches good scores in minutes of CPU.</summary>
    Recommended,

    /// <summary>What the paper states: cross-entropy, Adam at 1e-4, batches of 8, no augmentation.</summary>
    Paper,
}
