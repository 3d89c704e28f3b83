namespace OrganSeg.Imaging.Figures;

/// <summary>One picture of a panel.</summary>
/// <param name="Title">Above the tile.</param>
/// <param name="Grey">The slice, or null for a black ground.</param>
/// <param name="Labels">What is laid over it, or null.</param>
public sealed record PanelTile(string Title, ByteImage? Grey, ByteImage? Labels)
{
    /// <summary>
    /// Makes it a tile of errors: the reference that <see cref="Labels"/> is held against, of the same size. What is right is
    /// left as it is, what is wrong takes the colours of <see cref="ErrorPalette"/>. Null for a tile of labels.
    /// </summary>
    public ByteImage? Reference { get; init; }
}
