using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>A loss and what it can be tuned by; a part that a loss has no use for is left alone by it.</summary>
internal sealed record LossOptions(Loss Loss)
{
    /// <summary>Weight of each class's pixels in cross-entropy and focal loss; null weighs all alike.</summary>
    public IReadOnlyList<double>? ClassWeights { get; init; }

    /// <summary>Part of the target, 0…1, spread evenly over all classes in cross-entropy.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>γ of the focal loss; 0 makes it cross-entropy.</summary>
    public double FocalGamma { get; init; } = 2;

    /// <summary>Weight of false positives in the Tversky loss.</summary>
    public double TverskyAlpha { get; init; } = 0.3;

    /// <summary>Weight of false negatives in the Tversky loss.</summary>
    public double TverskyBeta { get; init; } = 0.7;

    /// <summary>Pixels of this label cost nothing; null counts all.</summary>
    public int? IgnoreLabel { get; init; }
}
