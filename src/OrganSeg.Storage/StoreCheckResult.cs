namespace OrganSeg.Storage;

/// <summary>What <see cref="StoreCheck"/> found.</summary>
/// <param name="Things">Versions of datasets and models, runs, reports and aliases.</param>
/// <param name="Blobs">Blobs whose content was compared with a SHA-256.</param>
/// <param name="Problems">What is wrong, each with the blob it is about; empty when nothing is.</param>
public sealed record StoreCheckResult(int Things, int Blobs, IReadOnlyList<string> Problems);
