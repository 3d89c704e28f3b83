namespace OrganSeg.Onnx.Quantization;

/// <summary>The numbers that a value of a graph is to be able to take, <paramref name="Low"/> to <paramref name="High"/>.</summary>
/// <param name="Low">The smallest.</param>
/// <param name="High">The largest.</param>
public readonly record struct ValueRange(float Low, float High)
{
    /// <summary>The smallest range that holds both.</summary>
    public ValueRange Union(ValueRange other) => new(Math.Min(Low, other.Low), Math.Max(High, other.High));
}
