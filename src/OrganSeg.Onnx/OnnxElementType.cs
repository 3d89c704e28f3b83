using System.Diagnostics.CodeAnalysis;

namespace OrganSeg.Onnx;

/// <summary>Element types of tensors, with ONNX's numbers.</summary>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "ONNX names them so.")]
public enum OnnxElementType
{
    /// <summary>Not known.</summary>
    Undefined = 0,

    /// <summary>32-bit floating point.</summary>
    Float = 1,

    /// <summary>8-bit, 0 to 255.</summary>
    UInt8 = 2,

    /// <summary>8-bit, −128 to 127.</summary>
    Int8 = 3,

    /// <summary>32-bit integer.</summary>
    Int32 = 6,

    /// <summary>64-bit integer.</summary>
    Int64 = 7,

    /// <summary>True or false, a byte each.</summary>
    Bool = 9,

    /// <summary>16-bit floating point.</summary>
    Float16 = 10,

    /// <summary>64-bit floating point.</summary>
    Double = 11,
}
