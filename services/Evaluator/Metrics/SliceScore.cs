using OrganSeg.Evaluator.Surfaces;

namespace OrganSeg.Evaluator.Metrics;

/// <summary>What one image or volume contributes.</summary>
/// <param name="Id">The slice and its patient.</param>
/// <param name="Organs">Counts by organ, in the order of the schema without background.</param>
/// <param name="Surfaces">Likewise.</param>
/// <param name="VoxelSize">What a voxel adds to the size of an organ, in the unit of sizes.</param>
/// <param name="MeanF1">Mean over the organs whose F1 is defined here; undefined when none is.</param>
internal sealed record SliceScore(
    SliceId Id, IReadOnlyList<PixelCounts> Organs, IReadOnlyList<SurfaceScores> Surfaces, double VoxelSize, double? MeanF1);
