namespace OrganSeg.Storage;

/// <summary>What <see cref="StoreCopy"/> did.</summary>
/// <param name="Things">Versions of datasets and models, runs, reports and aliases that the copy now has.</param>
/// <param name="Copied">Blobs that were written.</param>
/// <param name="Kept">Blobs that were there already.</param>
/// <param name="Bytes">Bytes that were written.</param>
public sealed record StoreCopyResult(int Things, int Copied, int Kept, long Bytes);
