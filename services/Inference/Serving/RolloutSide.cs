namespace OrganSeg.Inference.Serving;

/// <summary>Who answers of those that an alias stands for.</summary>
internal enum RolloutSide
{
    /// <summary>The alias's own version.</summary>
    Own,

    /// <summary>The alias's canary, as long as it has one that works.</summary>
    Canary,
}
