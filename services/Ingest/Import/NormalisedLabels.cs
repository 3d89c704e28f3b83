using OrganSeg.Ingest.Spooling;

namespace OrganSeg.Ingest.Import;

/// <summary>A label map after mapping and the recipe.</summary>
/// <param name="SourceWidth">Width as it came, in pixels.</param>
/// <param name="SourceHeight">Height as it came, in pixels.</param>
/// <param name="Spooled">Class ids at network size.</param>
/// <param name="Blank">Whether the label map showed no organ as it came.</param>
/// <param name="Organs">Class ids other than background at network size, in order.</param>
internal sealed record NormalisedLabels(
    int SourceWidth, int SourceHeight, SpoolEntry Spooled, bool Blank, IReadOnlyList<byte> Organs);
