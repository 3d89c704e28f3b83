namespace OrganSeg.Imaging.Volumes;

/// <summary>One voxel axis as a direction of an axial slice sees it.</summary>
/// <param name="Index">0, 1 or 2: the axis of the file.</param>
/// <param name="Reversed">Whether the file's order runs the other way.</param>
/// <param name="Length">Voxels along it.</param>
public readonly record struct VolumeAxis(int Index, bool Reversed, int Length)
{
    /// <summary>The file's index of a place along the direction.</summary>
    public int At(int place) => Reversed ? Length - 1 - place : place;
}
