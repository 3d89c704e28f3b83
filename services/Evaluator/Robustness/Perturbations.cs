using OrganSeg.Storage;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>
/// The perturbations of a sweep, in the manner of ImageNet-C (Hendrycks and Dietterich, ICLR 2019, arXiv:1903.12261): a
/// fixed list of corruptions, each with a fixed series of severities, so that models can be compared. The corruptions are
/// those that CT knows. docs/robustness.md says why each series ends where it does.
/// </summary>
internal static class Perturbations
{
    public const string GaussianNoise = "gaussian-noise";
    public const string LowDoseNoise = "low-dose-noise";
    public const string HuShiftUp = "hu-shift-up";
    public const string HuShiftDown = "hu-shift-down";
    public const string GaussianBlur = "blur";
    public const string Rotation = "rotation";
    public const string Enlargement = "scale-up";
    public const string Reduction = "scale-down";
    public const string MissingResolution = "low-resolution";

    private static readonly double[] Scales = [1, 1.1, 1.2, 1.35, 1.5];

    /// <summary>Every name, in the order of the sweep.</summary>
    public static IReadOnlyList<string> Names { get; } =
    [
        GaussianNoise, LowDoseNoise, HuShiftUp, HuShiftDown, GaussianBlur, Rotation, Enlargement, Reduction, MissingResolution,
    ];

    /// <summary>The series for a dataset.</summary>
    /// <param name="window">What its grey values stand for; where that is not known, shifts are in grey levels.</param>
    public static IReadOnlyList<Perturbation> For(GreyWindow window)
    {
        var shiftUnit = window.IsKnown ? "HU" : "grey levels";
        double[] shifts = window.IsKnown ? [0, 10, 20, 40, 80] : [0, 5, 10, 25, 50];
        var greyPerShift = window.IsKnown ? window.GreyPerHu : 1;
        return
        [
            new(GaussianNoise, "grey levels", [0, 5, 10, 20, 40], (slice, deviation, seed) =>
                slice with { Image = GreyPerturbations.AddNoise(slice.Image, deviation, seed) }),
            new(LowDoseNoise, "times less dose", [1, 2, 4, 8, 16], (slice, reduction, seed) =>
                slice with { Image = LowDose.Apply(slice.Image, reduction, window, seed) }),
            new(HuShiftUp, shiftUnit, shifts, (slice, shift, _) =>
                slice with { Image = GreyPerturbations.Shift(slice.Image, shift * greyPerShift) }),
            new(HuShiftDown, shiftUnit, shifts, (slice, shift, _) =>
                slice with { Image = GreyPerturbations.Shift(slice.Image, -shift * greyPerShift) }),
            new(GaussianBlur, "pixels", [0, 0.5, 1, 2, 3], (slice, deviation, _) =>
                slice with { Image = GreyPerturbations.Blur(slice.Image, deviation) }),
            // Patients lie turned to either side; the seed of the slice says to which.
            new(Rotation, "degrees", [0, 5, 10, 20, 30], (slice, degrees, seed) =>
                Warp(slice, new SliceWarp((seed & 1) == 0 ? degrees : -degrees, 1))),
            new(Enlargement, "times larger", Scales, (slice, factor, _) => Warp(slice, new SliceWarp(0, factor))),
            new(Reduction, "times smaller", Scales, (slice, factor, _) => Warp(slice, new SliceWarp(0, 1 / factor))),
            new(MissingResolution, "times fewer pixels a side", [1, 2, 3, 4, 6], (slice, factor, _) =>
                slice with { Image = LowResolution.Apply(slice.Image, factor) }),
        ];
    }

    private static DatasetSample Warp(DatasetSample slice, SliceWarp warp) =>
        slice with { Image = warp.Image(slice.Image), Labels = warp.Labels(slice.Labels) };
}
