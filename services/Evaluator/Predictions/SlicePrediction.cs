using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Predictions;

/// <summary>What Inference answered for a slice.</summary>
/// <param name="Labels">Class ids.</param>
/// <param name="Confidences">By class id: mean probability of the class over the pixels that were given it, 0…1; empty where it was
/// not asked for.</param>
internal sealed record SlicePrediction(ByteImage Labels, IReadOnlyDictionary<int, double> Confidences);
