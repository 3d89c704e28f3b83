namespace OrganSeg.Imaging;

/// <summary>One class of a label map.</summary>
/// <param name="Id">The pixel value, and the channel of the network's output.</param>
/// <param name="Name">Lower-case name, such as <c>liver</c>.</param>
public sealed record LabelClass(byte Id, string Name);
