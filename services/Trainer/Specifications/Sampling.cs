namespace OrganSeg.Trainer.Specifications;

/// <summary>Which slices make an epoch.</summary>
internal enum Sampling
{
    /// <summary>Every slice once.</summary>
    Uniform,

    /// <summary>As many draws, with slices of rare organs drawn oftener: a slice's weight is that of its rarest organ.</summary>
    RareOrgans,
}
