using System.Text.Json;
using System.Text.Json.Serialization;
using OrganSeg.Trainer.Networks;

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

    /// <summary>Version of this record's form.</summary>
    public int Schema { get; init; } = 1;

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

    /// <summary>Channels to which the grey image is repeated; null is the architecture's own number.</summary>
    public int? InputChannels { get; init; }

    /// <summary>Probability, 0…0.9, with which a feature is dropped in training; null is the architecture's own.</summary>
    public double? Dropout { get; init; }

    /// <summary>Whether DeepLabV3 trains with its auxiliary head.</summary>
    public bool Auxiliary { get; init; }

    /// <summary>Classes of the dataset's label schema, background included.</summary>
    public int Classes { get; init; } = 5;

    /// <summary>Slices in a step.</summary>
    public int BatchSize { get; init; } = 8;

    /// <summary>Passes over the training slices after which the run ends; null when only minutes bound it.</summary>
    public int? Epochs { get; init; }

    /// <summary>Minutes of training and validation after which the run ends; null for no such bound.</summary>
    public double? Minutes { get; init; }

    public Optimizer Optimizer { get; init; }

    /// <summary>The highest learning rate of the schedule.</summary>
    public double LearningRate { get; init; }

    public Loss Loss { get; init; }

    public Schedule Schedule { get; init; }

    /// <summary>Part of the run, 0…1, over which the learning rate rises.</summary>
    public double WarmUp { get; init; }

    public AugmentationKind Augmentation { get; init; }

    /// <summary>Part of an epoch, 0…1, made of slices without organs; null takes all there are.</summary>
    public double? NegativeShare { get; init; }

    /// <summary>Decides the first weights, the order of slices and the augmentation.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Whether an 8-bit form of the model is published beside it.</summary>
    public bool Quantize { get; init; } = true;

    /// <summary>What of it makes the network.</summary>
    [JsonIgnore]
    public NetworkOptions Network => new()
    {
        Architecture = Architecture,
        Width = Width,
        Dilation = Dilation,
        Classes = Classes,
        InputChannels = InputChannels,
        Dropout = Dropout,
        Auxiliary = Auxiliary,
    };

    /// <summary>The record as it is saved with the run.</summary>
    public JsonElement ToJson() => JsonSerializer.SerializeToElement(this, Json);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="OrganSegException">Corrupt.</exception>
    public static RunSpecification FromJson(JsonElement json)
    {
        try
        {
            return json.Deserialize<RunSpecification>(Json)!;
        }
        catch (JsonException error)
        {
            throw new OrganSegException(
                ErrorKind.Corrupt, $"The run's specification cannot be read ({error.Path}); start the run anew.", error);
        }
    }
}
