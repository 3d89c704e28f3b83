namespace OrganSeg.Trainer.Networks;

/// <summary>Everything that decides a network's structure, and so the names and shapes of its parameters.</summary>
internal sealed record NetworkOptions
{
    public const int DefaultWidth = 64;

    /// <summary>One of <see cref="SegmentationNetworks.Architectures"/>.</summary>
    public required string Architecture { get; init; }

    /// <summary>Channels of the first stage; deeper stages are multiples of it.</summary>
    public int Width { get; init; } = DefaultWidth;

    /// <summary>Dilation of OrganSegNet's bottleneck; other architectures have their own.</summary>
    public int Dilation { get; init; } = 2;

    /// <summary>Whether OrganSegNet has its attention gates; other architectures have their own.</summary>
    public bool Gates { get; init; } = true;

    /// <summary>Output channels, background included.</summary>
    public int Classes { get; init; } = 5;

    /// <summary>
    /// Channels of the first convolution's input; the grey image is repeated to that many, so that weights learned on
    /// colour images fit. Null is the architecture's own number: 3 for DeepLabV3, otherwise 1.
    /// </summary>
    public int? InputChannels { get; init; }

    /// <summary>
    /// Probability, 0 to 0.9, with which a feature is dropped in training: on the bottleneck's output of the U-shaped
    /// networks, and in DeepLabV3's classifier. Null is the architecture's own: 0.5 for DeepLabV3, otherwise 0.
    /// </summary>
    public double? Dropout { get; init; }

    /// <summary>
    /// Whether DeepLabV3 has torchvision's auxiliary head on its third stage: it takes part in training and is saved with
    /// the weights, but is never exported.
    /// </summary>
    public bool Auxiliary { get; init; }

    /// <summary>
    /// Networks of this kind that predict together: above 1 the logits are the logarithm of the mean of their probabilities,
    /// and the parameters of network i are named <c>members.i.…</c>.
    /// </summary>
    public int Members { get; init; } = 1;

    /// <summary><see cref="InputChannels"/>, or the architecture's own.</summary>
    public int Channels => InputChannels ?? OwnChannels(Architecture);

    /// <summary><see cref="Dropout"/>, or the architecture's own.</summary>
    public double DropoutRate => Dropout ?? OwnDropout(Architecture);

    /// <summary>Input channels that an architecture has unless told otherwise.</summary>
    public static int OwnChannels(string architecture) => architecture == SegmentationNetworks.DeepLabV3ResNet50 ? 3 : 1;

    /// <summary>Dropout that an architecture has unless told otherwise.</summary>
    public static double OwnDropout(string architecture) =>
        architecture == SegmentationNetworks.DeepLabV3ResNet50 ? 0.5 : 0;

    /// <summary>What is wrong with the options; empty when nothing is.</summary>
    public IReadOnlyList<FieldViolation> Violations()
    {
        var violations = new List<FieldViolation>();
        if (!SegmentationNetworks.Architectures.Contains(Architecture, StringComparer.Ordinal))
        {
            violations.Add(new("architecture",
                $"\"{Architecture}\" is not known; choose {string.Join(" or ", SegmentationNetworks.Architectures)}"));
        }

        Check("settings.width", Width, 4, 256);
        Check("settings.dilation", Dilation, 1, 16);
        Check("settings.classes", Classes, 2, 255);
        Check("settings.members", Members, 1, 100);
        Check("settings.inputChannels", Channels, 1, 16);
        if (DropoutRate is not (>= 0 and <= 0.9))
        {
            violations.Add(new("settings.dropout", FormattableString.Invariant($"{DropoutRate} is out of range; choose 0 to 0.9")));
        }

        if (Auxiliary && Architecture != SegmentationNetworks.DeepLabV3ResNet50)
        {
            violations.Add(new("settings.auxiliary",
                $"{Architecture} has no auxiliary head; choose it for {SegmentationNetworks.DeepLabV3ResNet50} only"));
        }

        if (!Gates && Architecture != SegmentationNetworks.OrganSegNet)
        {
            violations.Add(new("settings.gates",
                $"{Architecture} cannot be had without its gates; leave them out of {SegmentationNetworks.OrganSegNet} only"));
        }

        if (Width % 2 != 0)
        {
            violations.Add(new("settings.width", $"{Width} is odd; attention gates halve it, so choose an even width"));
        }

        return violations;

        void Check(string field, int value, int low, int high)
        {
            if (value < low || value > high)
            {
                violations.Add(new(field, $"{value} is out of range; choose {low} to {high}"));
            }
        }
    }

    /// <exception cref="OrganSegException">Invalid, with every violation.</exception>
    public void Validate()
    {
        if (Violations() is { Count: > 0 } violations)
        {
            throw new OrganSegException(violations);
        }
    }
}
