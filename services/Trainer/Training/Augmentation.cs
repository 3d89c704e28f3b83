using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Mild variation of a batch: rotation, zoom and shift of slice and labels alike, contrast and brightness of the slice.
/// No flips: anatomy has a left and a right.
/// </summary>
internal static class Augmentation
{
    private const double Degrees = 10;
    private const double Zoom = 0.1;
    private const double Shift = 0.05;
    private const double Contrast = 0.1;
    private const double Brightness = 12;

    /// <param name="images">Grey bytes [N, 1, H, W].</param>
    /// <param name="labels">Class ids [N, H, W].</param>
    /// <param name="random">Decides everything.</param>
    /// <returns>Grey floats 0…255 and class ids of the same shapes, in the caller's dispose scope.</returns>
    public static (Tensor Images, Tensor Labels) Mild(Tensor images, Tensor labels, SeededRandom random)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var count = (int)images.shape[0];
        var transforms = new float[count * 6];
        var gains = new float[count];
        var offsets = new float[count];
        for (var i = 0; i < count; i++)
        {
            var (sin, cos) = Math.SinCos(random.NextDouble(-Degrees, Degrees) * Math.PI / 180);
            var zoom = random.NextDouble(1 - Zoom, 1 + Zoom);
            float[] rows =
            [
                (float)(cos * zoom), (float)(-sin * zoom), (float)random.NextDouble(-2 * Shift, 2 * Shift),
                (float)(sin * zoom), (float)(cos * zoom), (float)random.NextDouble(-2 * Shift, 2 * Shift),
            ];
            rows.CopyTo(transforms, i * 6);
            gains[i] = (float)random.NextDouble(1 - Contrast, 1 + Contrast);
            offsets[i] = (float)random.NextDouble(-Brightness, Brightness);
        }

        var grid = nn.functional.affine_grid(tensor(transforms).reshape(count, 2, 3), images.shape, align_corners: false);
        var moved = nn.functional.grid_sample(
            images.to(float32), grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false);
        var shaded = moved.mul_(tensor(gains).reshape(count, 1, 1, 1)).add_(tensor(offsets).reshape(count, 1, 1, 1)).clamp_(0, 255);
        var classes = nn.functional.grid_sample(
            labels.unsqueeze(1).to(float32), grid, GridSampleMode.Nearest, GridSamplePaddingMode.Zeros, align_corners: false);
        return (shaded.MoveToOuterDisposeScope(), classes.squeeze(1).to(uint8).MoveToOuterDisposeScope());
    }
}
