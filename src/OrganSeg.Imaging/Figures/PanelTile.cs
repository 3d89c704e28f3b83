namespace OrganSeg.Imaging.Figures;

/// <summary>One picture of a panel.</summary>
/// <param name="Title">Above the tile.</param>
/// <param name="Grey">The slice, or null for a black ground.</param>
/// <param name="Labels">What is laid over it, or null.</param>
public sealed record PanelTile(string Title, ByteImage? Grey, ByteImage? Labels);
