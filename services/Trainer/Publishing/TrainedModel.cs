using OrganSeg.Storage;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Runs;
using OrganSeg.Trainer.Specifications;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Publishing;

/// <summary>A network as a run ends with it.</summary>
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
    SliceSet Samples)
{
    /// <summary>What is published of it.</summary>
    public ModelCandidate ToCandidate() => new(Document(), Network, Samples, Specification.Seed);

    private ModelDocument Document() => new()
    {
        Model = Specification.Model,
        Architecture = Specification.Architecture,
        LabelSchema = Dataset.LabelSchema,
        Preprocessing = Dataset.Preprocessing,
        Dataset = Dataset.Reference,
        DatasetDigest = Dataset.Digest,
        TrainingCases = [.. Dataset.Cases.Where(c => c.Slices.Any(slice => slice.Split == Splits.Train)).Select(c => c.Case)],
        Leaky = Dataset.Split.Leaky,
        Notice = Dataset.Notice,
        RunId = RunId,
        Specification = Specification.ToJson(),
        Metrics = Metrics(),
        GitCommit = BuildCommit.Value,
    };

    private Dictionary<string, double> Metrics()
    {
        var metrics = State.BestF1.ToDictionary(
            pair => $"validation.f1.{pair.Key}", pair => pair.Value, StringComparer.Ordinal);
        if (metrics.Count > 0)
        {
            metrics["validation.f1.mean"] = State.BestF1.Values.Average();
        }

        metrics["epoch"] = State.BestEpoch;
        return metrics;
    }
}
