namespace OrganSeg.Trainer.Specifications;

/// <summary>How the learning rate moves over the planned length of a run.</summary>
internal enum Schedule
{
    /// <summary>The learning rate as given.</summary>
    Constant,

    /// <summary>Half a cosine from the learning rate down to zero.</summary>
    Cosine,

    /// <summary>Up to the learning rate along half a cosine, then down along another (arXiv:1708.07120).</summary>
    OneCycle,

    /// <summary>(1 − progress) to a power, down to zero, as nnU-Net and DeepLab have it.</summary>
    Poly,

    /// <summary>As given, and multiplied by a factor whenever the score has not improved for some epochs.</summary>
    Plateau,
}
