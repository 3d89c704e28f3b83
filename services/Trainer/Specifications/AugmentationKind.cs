namespace OrganSeg.Trainer.Specifications;

/// <summary>How training slices are varied.</summary>
internal enum AugmentationKind
{
    /// <summary>Slices as they are.</summary>
    None,

    /// <summary>Small rotations, zooms and shifts of slice and labels, and small changes of contrast and brightness.</summary>
    Mild,

    /// <summary>Mild with wider ranges, elastic deformation, gamma, noise, blur and low resolution.</summary>
    Strong,
}
