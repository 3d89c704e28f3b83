using OrganSeg.Evaluator.Statistics;

namespace OrganSeg.Evaluator.Reports;

/// <summary>Two models compared on the same patients.</summary>
/// <param name="First">Title of the model that is called better or worse.</param>
/// <param name="Second">Title of the model it is compared with.</param>
/// <param name="Metric">Score that is compared.</param>
/// <param name="Organs">In the order of the label schema.</param>
internal sealed record ModelPair(string First, string Second, string Metric, IReadOnlyList<OrganComparison> Organs);
