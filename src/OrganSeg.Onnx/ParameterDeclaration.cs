namespace OrganSeg.Onnx;

/// <summary>One entry of a network's state: a parameter that is learned, or a buffer.</summary>
/// <param name="Name">PyTorch's name, such as <c>layer1.0.conv1.weight</c>.</param>
/// <param name="Shape">Dimensions; empty for a scalar.</param>
/// <param name="Start">What it is and starts as.</param>
/// <param name="Scale">Bound or deviation of what is drawn at the start.</param>
public sealed record ParameterDeclaration(string Name, long[] Shape, ParameterStart Start, double Scale = 0)
{
    /// <summary>Whether the optimiser changes it.</summary>
    public bool Learned => Start is not (ParameterStart.Mean or ParameterStart.Variance or ParameterStart.Counter);

    /// <summary>Numbers in it.</summary>
    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}
