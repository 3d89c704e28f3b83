namespace OrganSeg.Imaging.Figures;

/// <summary>Lines over one pair of axes.</summary>
/// <param name="Title">Above the chart.</param>
/// <param name="XTitle">Below the horizontal axis.</param>
/// <param name="Series">The lines.</param>
public sealed record Chart(string Title, string XTitle, IReadOnlyList<ChartSeries> Series)
{
    /// <summary>Highest value of the vertical axis, which begins at 0 unless a value is below; null for the highest drawn.</summary>
    public double? Top { get; init; }
}
