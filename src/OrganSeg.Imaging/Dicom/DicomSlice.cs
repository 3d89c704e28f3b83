using OrganSeg.Imaging.Volumes;

namespace OrganSeg.Imaging.Dicom;

/// <summary>One CT image of a series, with nothing that identifies a patient.</summary>
internal sealed record DicomSlice
{
    /// <summary>What errors name.</summary>
    public required string File { get; init; }

    public required int Rows { get; init; }

    public required int Columns { get; init; }

    /// <summary><see cref="VoxelType.Int16"/> or <see cref="VoxelType.UInt16"/>.</summary>
    public required VoxelType Type { get; init; }

    /// <summary>[rows, columns] of <see cref="Type"/>, little-endian.</summary>
    public required byte[] Pixels { get; init; }

    public required double Slope { get; init; }

    public required double Intercept { get; init; }

    /// <summary>Centre of the first pixel, mm, +x to the patient's left, +y to the back, +z to the head.</summary>
    public required double[] Position { get; init; }

    /// <summary>Unit vectors along a row, then along a column.</summary>
    public required double[] Orientation { get; init; }

    /// <summary>Distance of rows, then of columns, mm.</summary>
    public required double[] Spacing { get; init; }

    /// <summary>mm; null where it is not said.</summary>
    public required double? Thickness { get; init; }
}
