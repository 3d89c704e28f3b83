namespace OrganSeg.Imaging.Volumes;

/// <summary>The grey of a stored number. A structure, so that nothing is called for each voxel.</summary>
/// <typeparam name="T">How numbers are stored.</typeparam>
internal interface IGreys<in T>
{
    byte Of(T stored);
}
