using System.Diagnostics.CodeAnalysis;

namespace OrganSeg.Imaging.Volumes;

/// <summary>How a volume's numbers are stored; the values are NIfTI's datatype codes.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "NIfTI names them so.")]
public enum VoxelType
{
    /// <summary>Unsigned 8-bit.</summary>
    UInt8 = 2,

    /// <summary>Signed 16-bit, as most CT is.</summary>
    Int16 = 4,

    /// <summary>Signed 32-bit.</summary>
    Int32 = 8,

    /// <summary>IEEE 32-bit.</summary>
    Float32 = 16,

    /// <summary>IEEE 64-bit.</summary>
    Float64 = 64,

    /// <summary>Signed 8-bit.</summary>
    Int8 = 256,

    /// <summary>Unsigned 16-bit.</summary>
    UInt16 = 512,

    /// <summary>Unsigned 32-bit.</summary>
    UInt32 = 768,

    /// <summary>Signed 64-bit.</summary>
    Int64 = 1024,

    /// <summary>Unsigned 64-bit.</summary>
    UInt64 = 1280,
}
