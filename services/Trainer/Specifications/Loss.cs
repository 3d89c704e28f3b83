namespace OrganSeg.Trainer.Specifications;

/// <summary>What training minimises.</summary>
internal enum Loss
{
    /// <summary>Mean cross-entropy over all pixels, natural logarithm.</summary>
    CrossEntropy,

    /// <summary>Cross-entropy plus soft Dice loss of the organs.</summary>
    CeDice,

    /// <summary>Soft Dice loss of the organs (arXiv:1606.04797).</summary>
    Dice,

    /// <summary>Focal loss (arXiv:1708.02002): cross-entropy with easy pixels weighed down.</summary>
    Focal,

    /// <summary>Tversky loss of the organs (arXiv:1706.05721): Dice with its own weights for false positives and negatives.</summary>
    Tversky,

    /// <summary>Lovász-Softmax (arXiv:1705.08790): a convex surrogate of one minus IoU.</summary>
    Lovasz,
}
