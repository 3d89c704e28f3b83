namespace OrganSeg.Trainer.Training;

/// <summary>What was drawn for one slice of a batch.</summary>
internal sealed record SliceVariation
{
    /// <summary>Row-major 2×3: from an output pixel, −1 to 1, to where it comes from.</summary>
    public float[] Affine { get; init; } = From(0, 1, 0, 0, mirrored: false);

    public float Gain { get; init; } = 1;

    public float Offset { get; init; }

    public double ElasticPixels { get; init; }

    public double Gamma { get; init; } = 1;

    public double Noise { get; init; }

    public double BlurPixels { get; init; }

    /// <summary>Pixels along an axis, as a part of what there are.</summary>
    public double Resolution { get; init; } = 1;

    public double CutOut { get; init; }

    /// <summary>Where the cut-out lies, 0…1.</summary>
    public double CutTop { get; init; }

    /// <summary>Where the cut-out lies, 0…1.</summary>
    public double CutLeft { get; init; }

    /// <summary>For the fields of deformation and noise.</summary>
    public ulong Seed { get; init; }

    /// <summary>Where pixels come from: mirrored, turned and stretched about the centre, then moved.</summary>
    /// <param name="degrees">From the rows' direction to the columns'.</param>
    /// <param name="zoom">Pixels of the source to one of the result.</param>
    /// <param name="across">Along a row, half sides.</param>
    /// <param name="down">Along a column, half sides.</param>
    /// <param name="mirrored">Left and right exchanged.</param>
    public static float[] From(double degrees, double zoom, double across, double down, bool mirrored)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        var mirror = mirrored ? -1 : 1;
        return
        [
            (float)(cos * zoom * mirror), (float)(-sin * zoom), (float)across,
            (float)(sin * zoom * mirror), (float)(cos * zoom), (float)down,
        ];
    }

    /// <summary>Draws in a fixed order, so that what one option is set to does not change what another draws.</summary>
    /// <param name="options">How far.</param>
    /// <param name="random">Moves on by a fixed number of draws.</param>
    /// <param name="often">Probability of each variation that not every slice gets.</param>
    public static SliceVariation Draw(AugmentationOptions options, ref SeededRandom random, double often)
    {
        var degrees = random.NextDouble(-options.RotationDegrees, options.RotationDegrees);
        var zoom = random.NextDouble(1 - options.Zoom, 1 + options.Zoom);
        var across = random.NextDouble(-2 * options.Shift, 2 * options.Shift);
        var down = random.NextDouble(-2 * options.Shift, 2 * options.Shift);
        var gain = random.NextDouble(1 - options.Contrast, 1 + options.Contrast);
        var offset = random.NextDouble(-options.Brightness, options.Brightness);
        var mirrored = random.NextDouble(0, 1) < options.Flip;
        var seed = random.Next();
        var elastic = Sometimes(ref random, 0, options.ElasticPixels);
        var gamma = Sometimes(ref random, -options.Gamma, options.Gamma);
        var noise = Sometimes(ref random, 0, options.Noise);
        var blur = Sometimes(ref random, 0, options.BlurPixels);
        var lost = Sometimes(ref random, 0, options.LowResolution);
        var cut = Sometimes(ref random, 0, options.CutOut);
        return new SliceVariation
        {
            Affine = From(degrees, zoom, across, down, mirrored),
            Gain = (float)gain,
            Offset = (float)offset,
            ElasticPixels = elastic,
            Gamma = 1 + gamma,
            Noise = noise,
            BlurPixels = blur,
            Resolution = 1 - lost,
            CutOut = cut,
            CutTop = random.NextDouble(0, 1),
            CutLeft = random.NextDouble(0, 1),
            Seed = seed,
        };

        double Sometimes(ref SeededRandom random, double low, double high)
        {
            var value = random.NextDouble(low, high);
            return random.NextDouble(0, 1) < often ? value : 0;
        }
    }
}
