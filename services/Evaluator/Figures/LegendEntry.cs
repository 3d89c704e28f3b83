using ScottPlot;

namespace OrganSeg.Evaluator.Figures;

/// <summary>What a mark or a colour of a figure stands for.</summary>
/// <param name="Name">In words.</param>
/// <param name="Colour">Of the mark.</param>
/// <param name="Mark">Its form.</param>
internal sealed record LegendEntry(string Name, Color Colour, LegendMark Mark);
