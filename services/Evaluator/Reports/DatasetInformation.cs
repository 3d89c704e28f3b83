namespace OrganSeg.Evaluator.Reports;

/// <summary>The sealed dataset version and the side of its split that was evaluated.</summary>
internal sealed record DatasetInformation(
    string Name, string Version, string Digest, string Split, string SplitPolicy, bool Leaky, int Size);
