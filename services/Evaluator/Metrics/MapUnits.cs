namespace OrganSeg.Evaluator.Metrics;

/// <summary>What the label maps of a report are, and in what their distances and sizes are given.</summary>
/// <param name="Dimensions">2 for images, 3 for volumes.</param>
/// <param name="Distance">mm, or px where no spacing is known.</param>
/// <param name="Size">Of an organ in a patient: mL in volumes, else px.</param>
internal sealed record MapUnits(int Dimensions, string Distance, string Size)
{
    /// <summary>Images, which do not tell their spacing.</summary>
    public static MapUnits Images { get; } = new(2, "px", "px");

    /// <summary>Volumes with their spacing.</summary>
    public static MapUnits Volumes { get; } = new(3, "mm", "mL");
}
