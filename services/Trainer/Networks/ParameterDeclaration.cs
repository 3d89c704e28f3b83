namespace OrganSeg.Trainer.Networks;

/// <summary>One entry of a network's state: a parameter that is learned, or a buffer.</summary>
internal sealed record ParameterDeclaration(string Name, long[] Shape, ParameterStart Start, double Scale = 0)
{
    /// <summary>Whether the optimiser changes it.</summary>
    public bool Learned => Start is not (ParameterStart.Mean or ParameterStart.Variance or ParameterStart.Counter);

    public long Count => Shape.Aggregate(1L, (a, b) => a * b);
}
