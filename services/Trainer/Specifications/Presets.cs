using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Specifications;

/// <summary>The defaults of each preset.</summary>
internal static class Presets
{
    // The paper's width costs a minute of two processor cores for every few steps; a quarter of it trains in minutes.
    private const int QuickWidth = 16;

    public static RunSpecification Of(Preset preset, string architecture)
    {
        var bare = new RunSpecification
        {
            Architecture = architecture,
            Dataset = "",
            Model = "",
            Preset = preset,
            InputChannels = NetworkOptions.OwnChannels(architecture),
            Dropout = NetworkOptions.OwnDropout(architecture),
        };
        return preset switch
        {
            Preset.Paper => bare with
            {
                Width = NetworkOptions.DefaultWidth,
                LearningRate = 1e-4,
                Loss = Loss.CrossEntropy,
                Schedule = Schedule.Constant,
                Augmentation = AugmentationKind.None,
            },
            _ => bare with
            {
                // DeepLabV3 is the baseline by its name only at ResNet-50's own width.
                Width = architecture == SegmentationNetworks.DeepLabV3ResNet50 ? NetworkOptions.DefaultWidth : QuickWidth,
                // Small batches, so that the rarest organ is learned within tens of minutes; at twice the batch it is not.
                BatchSize = 4,
                LearningRate = 1e-3,
                Loss = Loss.CeDice,
                Schedule = Schedule.OneCycle,
                WarmUp = 0.15,
                Augmentation = AugmentationKind.Mild,
                Variation = AugmentationOptions.Of(AugmentationKind.Mild),
            },
        };
    }

    /// <summary>Epochs when the user bounds the run neither by epochs nor by minutes; the paper states none.</summary>
    public static int EpochsOf(Preset preset) => preset == Preset.Paper ? 100 : 20;
}
