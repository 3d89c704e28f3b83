using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Import;

/// <summary>An image after the recipe.</summary>
/// <param name="SourceWidth">Width as it came, in pixels.</param>
/// <param name="SourceHeight">Height as it came, in pixels.</param>
/// <param name="Spooled">Grey values at network size.</param>
internal sealed record NormalisedImage(int SourceWidth, int SourceHeight, SpoolEntry Spooled);
