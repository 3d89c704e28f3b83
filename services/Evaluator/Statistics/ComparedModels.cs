namespace OrganSeg.Evaluator.Statistics;

/// <summary>Who is compared on what.</summary>
/// <param name="First">The model that a verdict calls better or worse.</param>
/// <param name="Second">The model it is compared with.</param>
/// <param name="Metric">Name of the score in sentences, such as <c>F1</c>.</param>
/// <param name="Bounds">Where differences of the score can lie.</param>
internal sealed record ComparedModels(string First, string Second, string Metric, Bounds Bounds);
