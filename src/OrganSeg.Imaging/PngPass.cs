namespace OrganSeg.Imaging;

/// <summary>One sub-image: the whole image, or one of the seven grids of Adam7 that hold any pixel.</summary>
internal readonly record struct PngPass(int Left, int Top, int StepX, int StepY, int Width, int Height)
{
    // Left, top, horizontal and vertical step of each Adam7 pass (PNG, section 8.2).
    private static readonly (int Left, int Top, int StepX, int StepY)[] Adam7 =
    [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2),
    ];

    public static PngPass[] Of(PngHeader header)
    {
        if (!header.Interlaced)
        {
            return [new PngPass(0, 0, 1, 1, header.Width, header.Height)];
        }

        return
        [
            .. Adam7
                .Select(grid => new PngPass(
                    grid.Left,
                    grid.Top,
                    grid.StepX,
                    grid.StepY,
                    (header.Width - grid.Left + grid.StepX - 1) / grid.StepX,
                    (header.Height - grid.Top + grid.StepY - 1) / grid.StepY))
                .Where(pass => pass.Width > 0 && pass.Height > 0),
        ];
    }
}
