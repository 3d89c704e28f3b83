namespace OrganSeg.Imaging;

/// <summary>Distances between pixel centres, as DICOM's Pixel Spacing gives them.</summary>
/// <param name="RowMm">Millimetres from one row to the next (vertical).</param>
/// <param name="ColumnMm">Millimetres from one column to the next (horizontal).</param>
public readonly record struct PixelSpacing(double RowMm, double ColumnMm);
