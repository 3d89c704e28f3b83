namespace OrganSeg.Onnx;

/// <summary>How images are resized.</summary>
public enum ResizeMode
{
    /// <summary>The pixel at ⌊place / scale⌋, as PyTorch's <c>nearest</c>.</summary>
    Nearest,

    /// <summary>Between four pixels; pixels are squares and the corners of the images coincide (<c>align_corners</c> false).</summary>
    Bilinear,

    /// <summary>Between four pixels; pixels are points and the outer ones coincide (<c>align_corners</c> true).</summary>
    BilinearAlignCorners,
}
