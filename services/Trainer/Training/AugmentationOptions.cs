using OrganSeg.Trainer.Specifications;

namespace OrganSeg.Trainer.Training;

/// <summary>How far training slices are varied; zero leaves a property as it is.</summary>
internal sealed record AugmentationOptions
{
    /// <summary>Greatest rotation either way, degrees.</summary>
    public double RotationDegrees { get; init; }

    /// <summary>Greatest change of scale either way, as a part.</summary>
    public double Zoom { get; init; }

    /// <summary>Greatest shift either way along each axis, as a part of the side.</summary>
    public double Shift { get; init; }

    /// <summary>Greatest displacement of the elastic deformation's control points along each axis, pixels.</summary>
    public double ElasticPixels { get; init; }

    /// <summary>Probability of exchanging left and right. Anatomy tells them apart, so it is off unless asked for.</summary>
    public double Flip { get; init; }

    /// <summary>Greatest change of contrast either way, as a part.</summary>
    public double Contrast { get; init; }

    /// <summary>Greatest change of brightness either way, grey levels.</summary>
    public double Brightness { get; init; }

    /// <summary>Greatest change of the exponent of (grey / 255) either way, as a part.</summary>
    public double Gamma { get; init; }

    /// <summary>Greatest deviation of Gaussian noise, grey levels.</summary>
    public double Noise { get; init; }

    /// <summary>Greatest deviation of Gaussian blur, pixels.</summary>
    public double BlurPixels { get; init; }

    /// <summary>Greatest reduction of resolution, as a part: 0.5 is half the pixels along each axis.</summary>
    public double LowResolution { get; init; }

    /// <summary>Greatest side of a square that is painted black, as a part of the side. Labels stay.</summary>
    public double CutOut { get; init; }

    public bool Any => this != new AugmentationOptions();

    public static AugmentationOptions Of(AugmentationKind kind) => kind switch
    {
        AugmentationKind.Mild => new()
        {
            RotationDegrees = 10,
            Zoom = 0.1,
            Shift = 0.05,
            Contrast = 0.1,
            Brightness = 12,
        },
        AugmentationKind.Strong => new()
        {
            RotationDegrees = 15,
            Zoom = 0.2,
            Shift = 0.08,
            ElasticPixels = 6,
            Contrast = 0.2,
            Brightness = 20,
            Gamma = 0.3,
            Noise = 8,
            BlurPixels = 1,
            LowResolution = 0.5,
        },
        _ => new(),
    };
}
