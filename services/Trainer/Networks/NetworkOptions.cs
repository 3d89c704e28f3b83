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

    /// <summary>Output channels, background included.</summary>
    public int Classes { get; init; } = 5;

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
