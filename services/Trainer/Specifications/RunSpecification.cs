using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using OrganSeg.Trainer.Networks;
using OrganSeg.Trainer.Training;

namespace OrganSeg.Trainer.Specifications;

/// <summary>
/// Everything that decides a run, saved with it, every default written out: the same specification on the same machine
/// gives the same weights to the bit, unless minutes alone bound the run.
/// </summary>
internal sealed record RunSpecification
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        IgnoreReadOnlyProperties = true,
        RespectNullableAnnotations = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    /// <summary>Version of this record's form; 1 had no ranges of augmentation written out.</summary>
    public int Schema { get; init; } = 2;

    /// <summary>Name of the model to publish.</summary>
    public required string Model { get; init; }

    /// <summary>The dataset as <c>name@version</c>.</summary>
    public required string Dataset { get; init; }

    /// <summary>The dataset's digest, by which a run refuses to go on with other data; empty before it is known.</summary>
    public string DatasetDigest { get; init; } = "";

    /// <summary>Name of the network.</summary>
    public required string Architecture { get; init; }

    public Preset Preset { get; init; }

    /// <summary>Channels of the network's first stage.</summary>
    public int Width { get; init; }

    /// <summary>Dilation of OrganSegNet's bottleneck.</summary>
    public int Dilation { get; init; } = 2;

    /// <summary>Whether OrganSegNet has its attention gates.</summary>
    public bool Gates { get; init; } = true;

    /// <summary>Channels to which the grey image is repeated; null is the architecture's own number.</summary>
    public int? InputChannels { get; init; }

    /// <summary>Probability, 0…0.9, with which a feature is dropped in training; null is the architecture's own.</summary>
    public double? Dropout { get; init; }

    /// <summary>Whether DeepLabV3 trains with its auxiliary head.</summary>
    public bool Auxiliary { get; init; }

    /// <summary>Classes of the dataset's label schema, background included.</summary>
    public int Classes { get; init; } = 5;

    /// <summary>Where it is trained: <c>auto</c>, <c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>.</summary>
    public string Device { get; init; } = ComputeDevice.Automatic;

    /// <summary>Arithmetic of the steps.</summary>
    public Precision Precision { get; init; }

    /// <summary>Slices in a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Passes over the training slices after which the run ends; null when only minutes bound it.</summary>
    public int? Epochs { get; init; }

    /// <summary>Minutes of training and validation after which the run ends; null for no such bound.</summary>
    public double? Minutes { get; init; }

    public Optimizer Optimizer { get; init; }

    /// <summary>Part of a weight that a step takes away, before the learning rate.</summary>
    public double WeightDecay { get; init; }

    /// <summary>μ of gradient descent; Adam has its own.</summary>
    public double Momentum { get; init; } = 0.9;

    /// <summary>The highest learning rate of the schedule.</summary>
    public double LearningRate { get; init; }

    /// <summary>Longest that all gradients together may be; longer ones are shortened. Null leaves them.</summary>
    public double? GradientClip { get; init; }

    /// <summary>Batches whose gradients make one step.</summary>
    public int AccumulationSteps { get; init; } = 1;

    /// <summary>Share of the old in the moving average of the weights that is validated and published; 0 for none.</summary>
    public double WeightAveraging { get; init; }

    public Loss Loss { get; init; }

    /// <summary>Weight of each class in cross-entropy and focal loss, separated by commas; null weighs all alike.</summary>
    public string? ClassWeights { get; init; }

    /// <summary>Part of cross-entropy's target that is spread over all classes.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>γ of the focal loss.</summary>
    public double FocalGamma { get; init; } = 2;

    /// <summary>Weight of false positives in the Tversky loss.</summary>
    public double TverskyAlpha { get; init; } = 0.3;

    /// <summary>Weight of false negatives in the Tversky loss.</summary>
    public double TverskyBeta { get; init; } = 0.7;

    /// <summary>Pixels of this label neither teach nor count; null for none.</summary>
    public int? IgnoreLabel { get; init; }

    public Schedule Schedule { get; init; }

    /// <summary>Part of the run, 0…1, over which the learning rate rises.</summary>
    public double WarmUp { get; init; }

    /// <summary>Power of the poly schedule.</summary>
    public double PolyPower { get; init; } = 0.9;

    /// <summary>Epochs without a better one after which the plateau schedule lowers the learning rate.</summary>
    public int PlateauPatience { get; init; } = 5;

    /// <summary>What the plateau schedule multiplies the learning rate by.</summary>
    public double PlateauFactor { get; init; } = 0.5;

    /// <summary>What makes the best epoch.</summary>
    public BestBy BestBy { get; init; }

    /// <summary>Epochs without a better one after which the run ends; null runs on.</summary>
    public int? Patience { get; init; }

    public Divergence OnDivergence { get; init; }

    public AugmentationKind Augmentation { get; init; }

    /// <summary>Ranges of the augmentation: those of its kind, with the user's own in their place.</summary>
    public AugmentationOptions Variation { get; init; } = new();

    /// <summary>Side in pixels to which training slices are shrunk in the first epoch; null leaves them.</summary>
    public int? StartSize { get; init; }

    /// <summary>Part of the run, 0…1, over which the side grows from <see cref="StartSize"/> to the dataset's.</summary>
    public double Growth { get; init; } = 0.7;

    public Sampling Sampling { get; init; }

    /// <summary>Part of an epoch, 0…1, made of slices without organs; null takes all there are.</summary>
    public double? NegativeShare { get; init; }

    /// <summary>Decides the first weights, the order of slices and the augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether an 8-bit form of the model is published beside it.</summary>
    public bool Quantize { get; init; } = true;

    /// <summary>Epochs from one drawing of curves and predictions to the next; 0 for none.</summary>
    public int PictureEpochs { get; init; } = 5;

    /// <summary>
    /// Parts into which the patients of the train and validation splits are divided for a cross-validation; null trains once,
    /// on the dataset's own splits.
    /// </summary>
    public int? Folds { get; init; }

    /// <summary>
    /// The part, 1 for the first, that this run validates on while it learns from all others; null with
    /// <see cref="Folds"/> is the cross-validation itself, which joins the networks of all folds.
    /// </summary>
    public int? Fold { get; init; }

    /// <summary>Whether it joins the networks of other runs instead of training one.</summary>
    [JsonIgnore]
    public bool IsCrossValidation => Folds is not null && Fold is null;

    /// <summary>What trains the network of one fold of this cross-validation.</summary>
    public RunSpecification OfFold(int fold) => this with { Fold = fold, Model = FoldModel(Model, fold) };

    /// <summary>Name of a fold's model.</summary>
    public static string FoldModel(string model, int fold) =>
        string.Create(CultureInfo.InvariantCulture, $"{model}-fold{fold}");

    /// <summary>What of it makes the network.</summary>
    [JsonIgnore]
    public NetworkOptions Network => new()
    {
        Architecture = Architecture,
        Width = Width,
        Dilation = Dilation,
        Gates = Gates,
        Classes = Classes,
        InputChannels = InputChannels,
        Dropout = Dropout,
        Auxiliary = Auxiliary,
        Members = IsCrossValidation ? Folds!.Value : 1,
    };

    /// <summary>What of it makes the loss.</summary>
    [JsonIgnore]
    public LossOptions LossOptions => new(Loss)
    {
        ClassWeights = ParseWeights(ClassWeights),
        LabelSmoothing = LabelSmoothing,
        FocalGamma = FocalGamma,
        TverskyAlpha = TverskyAlpha,
        TverskyBeta = TverskyBeta,
        IgnoreLabel = IgnoreLabel,
    };

    /// <summary>Weights out of their text; null when it is null or is not positive numbers separated by commas.</summary>
    public static IReadOnlyList<double>? ParseWeights(string? text)
    {
        var weights = text?.Split(',')
            .Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) ? weight : -1)
            .ToArray();
        return weights is not null && weights.All(weight => weight > 0 && double.IsFinite(weight)) ? weights : null;
    }

    /// <summary>The record as it is saved with the run.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="OrganSegException">Corrupt.</exception>
    public static RunSpecification FromJson(JsonElement json)
    {
        try
        {
            var spec = json.Deserialize<RunSpecification>(Json) ?? throw new JsonException("null is no specification");
            return spec.Schema > 1 ? spec : spec with { Schema = 2, Variation = AugmentationOptions.Of(spec.Augmentation) };
        }
        catch (JsonException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"The run's specification cannot be read ({error.Path}); start the run anew.", error);
        }
    }
}
