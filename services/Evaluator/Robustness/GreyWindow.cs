using OrganSeg.Imaging;

namespace OrganSeg.Evaluator.Robustness;

/// <summary>What the 256 grey values of a dataset stand for.</summary>
/// <param name="LowHu">Hounsfield units shown as grey 0, and everything below.</param>
/// <param name="HighHu">Hounsfield units shown as grey 255, and everything above.</param>
/// <param name="IsKnown">Whether the dataset says so; if not, it is the abdominal window that OrganSeg's phantoms have.</param>
internal readonly record struct GreyWindow(double LowHu, double HighHu, bool IsKnown)
{
    /// <summary>Grey levels of one Hounsfield unit.</summary>
    public double GreyPerHu => byte.MaxValue / (HighHu - LowHu);

    public static GreyWindow Of(PreprocessingRecipe recipe) =>
        recipe is { WindowLowHu: { } low, WindowHighHu: { } high }
            ? new GreyWindow(low, high, true)
            : new GreyWindow(-125, 275, false);
}
