namespace OrganSeg.Trainer.Networks;

/// <summary>What a parameter or buffer looks like from outside.</summary>
/// <param name="Type">Name of its element type.</param>
/// <param name="IsFloating">Whether that can become float32.</param>
/// <param name="Shape">Its dimensions.</param>
internal sealed record StateForm(string Type, bool IsFloating, long[] Shape)
{
    public override string ToString() => $"{Type} [{string.Join(", ", Shape)}]";
}
