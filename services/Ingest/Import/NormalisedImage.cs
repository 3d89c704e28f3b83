using OrganSeg.Imaging.Similarity;
using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Import;

/// <summary>An image after the recipe.</summary>
/// <param name="SourceWidth">Width as it came, in pixels.</param>
/// <param name="SourceHeight">Height as it came, in pixels.</param>
/// <param name="Spooled">Grey values at network size.</param>
/// <param name="Hash">By which images like it are found; null when it shows nothing.</param>
internal sealed record NormalisedImage(int SourceWidth, int SourceHeight, SpoolEntry Spooled, SliceHash? Hash)
{
    /// <summary>Whether it is a PNG of HU, to which the window was applied here.</summary>
    public bool Windowed { get; init; }
}
