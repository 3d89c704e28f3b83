namespace OrganSeg.Onnx;

/// <summary>What is put beside an image.</summary>
public enum PadMode
{
    /// <summary>A constant.</summary>
    Constant,

    /// <summary>The image mirrored at its outermost pixels, which are not repeated.</summary>
    Reflect,

    /// <summary>The outermost pixels repeated.</summary>
    Edge,
}
