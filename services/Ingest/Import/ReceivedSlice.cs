using OrganSeg.Ingest.Leakage;
using OrganSeg.V1;

namespace OrganSeg.Ingest.Import;

/// <summary>
/// What is known of one slice while its files come in. The receiver alone writes the roles; each result is written by
/// the one worker that has the file, and read when all workers have ended.
/// </summary>
/// <param name="fileName">What errors and split tables name.</param>
/// <param name="name">In the dataset.</param>
/// <param name="ofCase">Its case.</param>
internal sealed class ReceivedSlice(string fileName, string name, ReceivedCase ofCase)
{
    public string FileName { get; } = fileName;

    public string Name { get; } = name;

    public string Case => Of.Name;

    /// <summary>Its case with all its names.</summary>
    public ReceivedCase Of { get; } = ofCase;

    /// <summary>Of a volume: its place from feet to head.</summary>
    public int? Place { get; init; }

    public bool HasImage { get; private set; }

    public bool HasLabels { get; private set; }

    public bool IsNegative { get; private set; }

    public NormalisedImage? Image { get; set; }

    public NormalisedLabels? Labels { get; set; }

    /// <summary>The image, once everything has been checked.</summary>
    public NormalisedImage CheckedImage => Image ?? throw new InvalidOperationException("A slice without image passed the check.");

    /// <summary>The slice as it is looked for on other sides.</summary>
    public HashedSlice ToHashed(string side) => new(Case, Name, side, CheckedImage.Hash, CheckedImage.Spooled);

    /// <summary>Notes that a file has come; says what is wrong when it must not, else null.</summary>
    public string? Take(FileRole role)
    {
        switch (role)
        {
            case FileRole.Negative when HasImage || HasLabels:
            case not FileRole.Negative when IsNegative:
                return "came both as a negative and as a labelled slice; send it as one of them.";
            case FileRole.Image when HasImage:
                return "came twice as an image.";
            case FileRole.Label when HasLabels:
                return "came twice as a label map.";
            case FileRole.Negative when IsNegative:
                return "came twice as a negative.";
        }

        IsNegative |= role == FileRole.Negative;
        HasImage |= role == FileRole.Image;
        HasLabels |= role == FileRole.Label;
        return null;
    }

    /// <summary>Says what is wrong with the slice when all its files have come; null when nothing is. What a file
    /// itself is guilty of was said before.</summary>
    public string? Problem()
    {
        if (IsNegative)
        {
            return null;
        }

        if (!HasLabels)
        {
            return "has no label map; send a label PNG of the same name, or send it as a negative if it shows no organ.";
        }

        if (!HasImage)
        {
            return "is a label map without image; send the image of the same name.";
        }

        return Image is { } image && Labels is { } labels
            && (image.SourceWidth != labels.SourceWidth || image.SourceHeight != labels.SourceHeight)
                ? $"has an image of {image.SourceWidth}×{image.SourceHeight} pixels and a label map of "
                    + $"{labels.SourceWidth}×{labels.SourceHeight}; they must have the same size."
                : null;
    }
}
