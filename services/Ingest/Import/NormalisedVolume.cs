using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Ingest.Import;

/// <summary>A volume of grey values or of labels after the recipe, slice by slice from the feet to the head.</summary>
internal sealed record NormalisedVolume
{
    /// <summary>Where its voxels lie.</summary>
    public required VolumeGeometry Geometry { get; init; }

    /// <summary>Of a volume of grey values; else empty.</summary>
    public IReadOnlyList<NormalisedImage> Images { get; init; } = [];

    /// <summary>Of a volume of labels; else empty.</summary>
    public IReadOnlyList<NormalisedLabels> Labels { get; init; } = [];

    /// <summary>What is odd about it and did not keep it out; names no file.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
