namespace OrganSeg.Imaging.Volumes;

/// <summary>Where the voxels of a resampled axis lie on the old one.</summary>
/// <param name="old">Voxels before.</param>
/// <param name="length">Voxels after.</param>
/// <param name="ratio">New spacing by the old.</param>
internal sealed class ResampledAxis(int old, int length, double ratio)
{
    public int Length => length;

    public double Ratio => ratio;

    /// <summary>The two old voxels that a new one lies between, and how far it is from the first to the second, 0 to 1.</summary>
    public (int Below, int Above, float Share) this[int index]
    {
        get
        {
            var place = Math.Clamp(Place(index), 0, old - 1);
            var below = (int)place;
            return (below, Math.Min(below + 1, old - 1), (float)(place - below));
        }
    }

    /// <summary>The old voxel that is nearest.</summary>
    public int Nearest(int index) => (int)Math.Clamp(Math.Floor(Place(index) + 0.5), 0, old - 1);

    private double Place(int index) => ((index + 0.5) * ratio) - 0.5;
}
