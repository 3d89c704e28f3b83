namespace OrganSeg.Onnx.Quantization;

/// <summary>How the range of a value follows from what was observed of it.</summary>
public enum CalibrationMethod
{
    /// <summary>From the smallest to the largest number observed.</summary>
    MinMax,

    /// <summary>Without the rarest numbers at either end; see <see cref="ActivationHistogram.Percentile"/>.</summary>
    Percentile,

    /// <summary>The range whose 255 steps keep most of the distribution's information; see <see cref="ActivationHistogram.Entropy"/>.</summary>
    Entropy,
}
