using OrganSeg.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace OrganSeg.Trainer.Training;

/// <summary>
/// Random variation of a batch, each slice on its own: where its pixels lie (slice and labels alike), then their grey
/// values. Deformation, gamma, noise, blur, low resolution and cut-out each come to one slice in four.
/// </summary>
internal static class Augmentation
{
    private const double Often = 0.25;
    private const int ControlPoints = 7;

    /// <param name="options">How far.</param>
    /// <param name="images">Grey bytes [N, 1, H, W].</param>
    /// <param name="labels">Class ids [N, H, W].</param>
    /// <param name="random">Decides everything.</param>
    /// <returns>Grey floats 0…255 and class ids of the same shapes, in the caller's dispose scope.</returns>
    public static (Tensor Images, Tensor Labels) Apply(
        AugmentationOptions options, Tensor images, Tensor labels, SeededRandom random) => Apply(
            [.. Enumerable.Range(0, (int)images.shape[0]).Select(i => SliceVariation.Draw(options, ref random, Often))], images, labels);

    /// <param name="draws">What happens to each slice.</param>
    /// <param name="images">Grey bytes [N, 1, H, W].</param>
    /// <param name="labels">Class ids [N, H, W].</param>
    /// <returns>Grey floats 0…255 and class ids of the same shapes, in the caller's dispose scope.</returns>
    public static (Tensor Images, Tensor Labels) Apply(IReadOnlyList<SliceVariation> draws, Tensor images, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var grid = Grid(draws, images.shape);
        var moved = nn.functional.grid_sample(
            images.to(float32), grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false);
        var classes = nn.functional.grid_sample(
            labels.unsqueeze(1).to(float32), grid, GridSampleMode.Nearest, GridSamplePaddingMode.Zeros, align_corners: false);
        for (var i = 0; i < draws.Count; i++)
        {
            // A view: what happens to it happens to the batch.
            Shade(moved[i], draws[i]);
        }

        return (moved.MoveToOuterDisposeScope(), classes.squeeze(1).to(uint8).MoveToOuterDisposeScope());
    }

    /// <summary>Where each pixel comes from, [N, H, W, 2] from −1 to 1.</summary>
    private static Tensor Grid(IReadOnlyList<SliceVariation> draws, long[] shape)
    {
        float[] rows = [.. draws.SelectMany(draw => draw.Affine)];
        var grid = nn.functional.affine_grid(tensor(rows).reshape(draws.Count, 2, 3), shape, align_corners: false);
        if (draws.All(draw => draw.ElasticPixels == 0))
        {
            return grid;
        }

        var (height, width) = (shape[2], shape[3]);
        var moves = stack(draws.Select(draw => Deformation(draw, height, width)));
        return grid.PlusInPlace(moves);
    }

    /// <summary>A smooth field of displacements [H, W, 2], zero for slices that are not deformed.</summary>
    private static Tensor Deformation(SliceVariation draw, long height, long width)
    {
        if (draw.ElasticPixels == 0)
        {
            return zeros(height, width, 2);
        }

        using var generator = new Generator(draw.Seed, CPU);
        var points = rand([1, 2, ControlPoints, ControlPoints], generator: generator).TimesInPlace(4 * draw.ElasticPixels).PlusInPlace(-2 * draw.ElasticPixels);
        var perPixel = tensor(new[] { 1f / width, 1f / height }).reshape(1, 2, 1, 1);
        return nn.functional.interpolate(
            points.mul_(perPixel), [height, width], mode: InterpolationMode.Bicubic, align_corners: true)[0].permute(1, 2, 0);
    }

    /// <summary>Changes the grey values of one slice [1, H, W] in place.</summary>
    private static void Shade(Tensor slice, SliceVariation draw)
    {
        using var scope = NewDisposeScope();
        if (draw.Noise > 0)
        {
            using var generator = new Generator(draw.Seed + 1, CPU);
            slice.PlusInPlace(randn(slice.shape, generator: generator), draw.Noise);
        }

        if (draw.BlurPixels > 0)
        {
            slice.copy_(Blurred(slice, draw.BlurPixels));
        }

        slice.TimesInPlace((double)draw.Gain).PlusInPlace((double)draw.Offset);
        if (draw.Resolution < 1)
        {
            slice.copy_(Coarse(slice, draw.Resolution));
        }

        slice.ClampInPlace(0, 255);
        if (draw.Gamma != 1)
        {
            slice.TimesInPlace(1.0 / 255).PowerInPlace(draw.Gamma).TimesInPlace(255.0);
        }

        if (draw.CutOut > 0)
        {
            var (height, width) = (slice.shape[1], slice.shape[2]);
            var (rows, columns) = ((long)(draw.CutOut * height), (long)(draw.CutOut * width));
            slice.narrow(1, (long)(draw.CutTop * (height - rows)), rows)
                .narrow(2, (long)(draw.CutLeft * (width - columns)), columns)
                .zero_();
        }
    }

    /// <summary>Convolved with a Gaussian cut off at three deviations, the border mirrored.</summary>
    private static Tensor Blurred(Tensor slice, double deviation)
    {
        var radius = (int)Math.Min(Math.Ceiling(3 * deviation), Math.Min(slice.shape[1], slice.shape[2]) - 1);
        var weights = Enumerable.Range(-radius, (2 * radius) + 1)
            .Select(x => (float)Math.Exp(-x * x / (2 * deviation * deviation)))
            .ToArray();
        var kernel = tensor(weights).TimesInPlace(1.0 / weights.Sum());
        var padded = nn.functional.pad(slice.unsqueeze(0), [radius, radius, radius, radius], PaddingModes.Reflect);
        var across = nn.functional.conv2d(padded, kernel.reshape(1, 1, 1, -1));
        return nn.functional.conv2d(across, kernel.reshape(1, 1, -1, 1))[0];
    }

    /// <summary>As if taken with fewer pixels: averaged over larger ones, and stretched again.</summary>
    private static Tensor Coarse(Tensor slice, double resolution)
    {
        long[] small = [Math.Max(1, (long)(slice.shape[1] * resolution)), Math.Max(1, (long)(slice.shape[2] * resolution))];
        var shrunk = nn.functional.adaptive_avg_pool2d(slice.unsqueeze(0), (small[0], small[1]));
        return nn.functional.interpolate(
            shrunk, [slice.shape[1], slice.shape[2]], mode: InterpolationMode.Bilinear, align_corners: false)[0];
    }
}
