namespace OrganSeg.Trainer.Specifications;

/// <summary>How the learning rate moves over the planned length of a run.</summary>
internal enum Schedule
{
    /// <summary>The learning rate as given.</summary>
    Constant,

    /// <summary>Half a cosine from the learning rate down to zero.</summary>
    Cosine,

    /// <summary>Up to the learning rate along half a cosine, then down along another.</summary>
    OneCycle,
}
