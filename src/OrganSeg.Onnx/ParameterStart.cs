namespace OrganSeg.Onnx;

/// <summary>What a parameter or buffer is and starts as.</summary>
public enum ParameterStart
{
    /// <summary>Learned; uniform within ±scale.</summary>
    Uniform,

    /// <summary>Learned; normal with mean zero and deviation scale.</summary>
    Normal,

    /// <summary>Learned; ones.</summary>
    One,

    /// <summary>Learned; zeros.</summary>
    Zero,

    /// <summary>Buffer: the running mean, zeros.</summary>
    Mean,

    /// <summary>Buffer: the running variance, ones.</summary>
    Variance,

    /// <summary>Buffer: batches seen, an int64 scalar.</summary>
    Counter,
}
