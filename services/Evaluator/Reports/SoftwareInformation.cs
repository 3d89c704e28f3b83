namespace OrganSeg.Evaluator.Reports;

/// <summary>What computed the numbers.</summary>
internal sealed record SoftwareInformation(string Name, string Version);
