using OrganSeg.Imaging.Similarity;

namespace OrganSeg.Evaluator.Honesty;

/// <summary>An evaluated slice and the slice of another side that is most like it.</summary>
/// <param name="Case">The evaluated slice's case.</param>
/// <param name="Slice">Its name.</param>
/// <param name="OtherDataset">The other slice's dataset, as <c>name@version</c>.</param>
/// <param name="OtherSplit">The side it is on.</param>
/// <param name="OtherCase">Its case.</param>
/// <param name="OtherSlice">Its name.</param>
/// <param name="Similarity">As <see cref="SliceSimilarity"/> has it.</param>
internal sealed record NearDuplicatePair(
    string Case, string Slice, string OtherDataset, string OtherSplit, string OtherCase, string OtherSlice, double Similarity);
