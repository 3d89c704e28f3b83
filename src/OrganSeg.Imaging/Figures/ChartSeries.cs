namespace OrganSeg.Imaging.Figures;

/// <summary>One line of a chart.</summary>
/// <param name="Name">In the legend.</param>
/// <param name="Colour">Number of its colour in <see cref="OrganPalette"/>, from 1.</param>
/// <param name="Points">From left to right; a value that is not finite leaves a gap.</param>
public sealed record ChartSeries(string Name, int Colour, IReadOnlyList<(double X, double Y)> Points);
