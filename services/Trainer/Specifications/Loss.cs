namespace OrganSeg.Trainer.Specifications;

/// <summary>What training minimises.</summary>
internal enum Loss
{
    /// <summary>Mean cross-entropy over all pixels, natural logarithm.</summary>
    CrossEntropy,

    /// <summary>Cross-entropy plus soft Dice loss of the organs.</summary>
    CeDice,
}
