using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Publishing;

/// <summary>A network ready to be published.</summary>
/// <param name="RunId">The run it comes from.</param>
/// <param name="Specification">How it was trained.</param>
/// <param name="Dataset">What it was trained on.</param>
/// <param name="Network">The network with the weights of the best epoch.</param>
/// <param name="State">Where the run ended.</param>
/// <param name="Samples">Real slices to compare the export on.</param>
internal sealed record TrainedModel(
    string RunId,
    RunSpecification Specification,
    DatasetManifest Dataset,
    SegmentationNetwork Network,
    TrainingState State,
    SliceSet Samples);
