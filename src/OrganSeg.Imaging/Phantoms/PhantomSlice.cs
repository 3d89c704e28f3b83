namespace OrganSeg.Imaging.Phantoms;

/// <summary>One generated slice with its truth.</summary>
/// <param name="FileName">Such as <c>phantom0003_slice012.png</c>, for the image and for the label map.</param>
/// <param name="Image">Grey values of the window −125…275 HU, [size, size].</param>
/// <param name="Labels">Class ids of <see cref="LabelSchema.Abdomen"/>, [size, size].</param>
public sealed record PhantomSlice(string FileName, ByteImage Image, ByteImage Labels);
