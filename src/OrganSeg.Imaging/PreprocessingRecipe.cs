namespace OrganSeg.Imaging;

/// <summary>
/// How a slice becomes the network's input. It is written into every dataset and model, so that what is served is
/// prepared exactly as what was trained on.
/// </summary>
public sealed record PreprocessingRecipe
{
    /// <summary>The one <see cref="Padding"/>: to a square in millimetres, centred, with grey 0 and class 0.</summary>
    public const string SquareMillimetres = "square-mm";

    /// <summary>The one <see cref="ImageResampling"/>: a triangle filter as wide as the reduction, 8-bit.</summary>
    public const string TriangleAntialias = "triangle-antialias";

    /// <summary>The one <see cref="LabelResampling"/>: the pixel under the centre of the new one.</summary>
    public const string NearestNeighbour = "nearest";

    /// <summary>Side of the network's input in pixels, a multiple of 16; the paper uses 224.</summary>
    public int Size { get; init; } = 224;

    /// <summary>Hounsfield units shown as grey 0; null for 8-bit input, which is windowed already.</summary>
    public double? WindowLowHu { get; init; }

    /// <summary>Hounsfield units shown as grey 255; null for 8-bit input, which is windowed already.</summary>
    public double? WindowHighHu { get; init; }

    /// <summary>HU of the value 0 in PNG slices of 16 bits; null where there were none.</summary>
    public double? PngZeroHu { get; init; }

    /// <summary>Subtracted from grey/255, inside the network's graph; ImageNet's red mean, as in the paper.</summary>
    public double Mean { get; init; } = 0.485;

    /// <summary>Divides grey/255 − mean, inside the graph; the paper's "variance" is this standard deviation.</summary>
    public double StandardDeviation { get; init; } = 0.225;

    /// <summary>How a slice becomes a square: <see cref="SquareMillimetres"/>.</summary>
    public string Padding { get; init; } = SquareMillimetres;

    /// <summary>How images are resized: <see cref="TriangleAntialias"/>.</summary>
    public string ImageResampling { get; init; } = TriangleAntialias;

    /// <summary>How label maps are resized: <see cref="NearestNeighbour"/>.</summary>
    public string LabelResampling { get; init; } = NearestNeighbour;

    /// <summary>Checks every field.</summary>
    /// <exception cref="OrganSegException"><see cref="ErrorKind.Invalid"/> with all that is wrong.</exception>
    public void Validate()
    {
        var violations = new List<FieldViolation>();
        Check(Size is >= 16 and <= 4096 && Size % 16 == 0, "size", $"{Size} must be a multiple of 16 up to 4096.");
        Check(
            WindowLowHu.HasValue == WindowHighHu.HasValue,
            "windowLowHu",
            "give both ends of the window, or neither for 8-bit input.");
        if (WindowLowHu is { } low && WindowHighHu is { } high)
        {
            Check(
                double.IsFinite(low) && double.IsFinite(high) && low < high,
                "windowHighHu",
                $"the window {low}…{high} HU must rise.");
        }

        Check(double.IsFinite(Mean), "mean", "must be a finite number.");
        Check(
            double.IsFinite(StandardDeviation) && StandardDeviation > 0,
            "standardDeviation",
            $"{StandardDeviation} must be positive.");
        CheckName(Padding, SquareMillimetres, "padding");
        CheckName(ImageResampling, TriangleAntialias, "imageResampling");
        CheckName(LabelResampling, NearestNeighbour, "labelResampling");
        if (violations.Count > 0)
        {
            throw new OrganSegException(violations);
        }

        void Check(bool holds, string field, string description)
        {
            if (!holds)
            {
                violations.Add(new FieldViolation(field, description));
            }
        }

        void CheckName(string value, string known, string field) =>
            Check(value == known, field, $"'{value}' is not known; use '{known}'.");
    }
}
