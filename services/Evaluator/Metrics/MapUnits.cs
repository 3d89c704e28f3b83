namespace OrganSeg.Evaluator.Metrics;

/// <summary>What the label maps of a report are, and in what their distances and sizes are given.</summary>
/// <param name="Dimensions">2 for images, 3 for volumes.</param>
/// <param name="Distance">mm, or px where no spacing is known.</param>
/// <param name="Size">Of an organ in a patient: mL in volumes, else mm² or px.</param>
internal sealed record MapUnits(int Dimensions, string Distance, string Size)
{
    public static MapUnits Of(bool isPlanar, bool hasSpacing) => (isPlanar, hasSpacing) switch
    {
        (true, true) => new(2, "mm", "mm²"),
        (true, false) => new(2, "px", "px"),
        (false, true) => new(3, "mm", "mL"),
        _ => new(3, "px", "px"),
    };
}
