using OrganSeg.Imaging.Volumes;
using OrganSeg.V1;

namespace OrganSeg.Inference.Serving;

/// <summary>A volume and what was found in it.</summary>
/// <param name="File">The file that came.</param>
/// <param name="Labels">Class ids over its voxels.</param>
/// <param name="Result">Model, and volumes in mL.</param>
internal sealed record SegmentedVolume(IVolumeFile File, LabelVolume Labels, VolumeResult Result);
