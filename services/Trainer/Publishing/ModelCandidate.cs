using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Quantization;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Publishing;

/// <summary>A network with its weights, however it came by them, and what is to be said of it.</summary>
/// <param name="Document">What the model is; the catalogue fills in version, time, files and digest.</param>
/// <param name="Network">The network as it is to be served.</param>
/// <param name="Samples">Real slices to compare the export on; null where there are none.</param>
/// <param name="Seed">Seed of the random images to compare on.</param>
internal sealed record ModelCandidate(ModelDocument Document, SegmentationNetwork Network, SliceSet? Samples, ulong Seed)
{
    /// <summary>What to quantize it with; null where it is not to be.</summary>
    public QuantizationData? Quantization { get; init; }
}
