namespace OrganSeg.Trainer.Specifications;

/// <summary>What makes an epoch the best one.</summary>
internal enum BestBy
{
    /// <summary>Highest mean of the organs' pooled F1.</summary>
    MeanF1,

    /// <summary>Highest F1 of the organ that is worst.</summary>
    WorstF1,

    /// <summary>Lowest loss on the validation split.</summary>
    ValidationLoss,
}
