using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>Slices that evaluated ones are held against.</summary>
/// <param name="Manifest">Their dataset.</param>
/// <param name="Split">The side of its split.</param>
internal sealed record ComparedSide(DatasetManifest Manifest, string Split)
{
    /// <summary>How a person names it.</summary>
    public string Title => $"{Manifest.Reference} {Split}";
}
