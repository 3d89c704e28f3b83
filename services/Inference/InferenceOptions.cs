using System.ComponentModel.DataAnnotations;

namespace OrganSeg.Inference;

/// <summary>Settings of the service, section <c>Inference</c>.</summary>
internal sealed class InferenceOptions
{
    public const string Section = "Inference";

    /// <summary>The form of a model that is served where a request asks for none: float32, or int8 or auto, which both mean
    /// int8 where it was published and computes rightly here.</summary>
    [RegularExpression("float32|int8|auto")]
    public string Variant { get; set; } = "float32";

    /// <summary>Threads one run of a model uses; 0 means every core available to the process.</summary>
    [Range(0, 1024)]
    public int Threads { get; set; }

    /// <summary>Most slices run together; 0 means 2 on a processor, where more take just as long a slice and make everybody
    /// wait for the batch, and 8 on CUDA.</summary>
    [Range(0, 64)]
    public int MaxBatch { get; set; }

    /// <summary>Milliseconds for which a slice may wait for others to be run with it; with 0 only those that wait already
    /// are joined.</summary>
    [Range(0, 10_000)]
    public double BatchDelayMilliseconds { get; set; }

    /// <summary>Single calls that may wait for one model; more are refused at once, so that those that are let in are
    /// answered soon. Streams and volumes are bounded by their windows instead.</summary>
    [Range(1, 100_000)]
    public int QueueCapacity { get; set; } = 4;

    /// <summary>Milliseconds for which a refusal is held back, so that clients that call again at once do not take the cores
    /// from those that were let in.</summary>
    [Range(0, 80)]
    public int RefusalDelayMilliseconds { get; set; } = 40;

    /// <summary>Most pixels of one ModelInfer request, N·H·W.</summary>
    [Range(256, 1 << 30)]
    public int MaxTensorPixels { get; set; } = 1 << 22;

    /// <summary>Most MiB of a volume's voxels as its file holds them, unpacked.</summary>
    [Range(1, 1 << 20)]
    public int MaxVolumeMebibytes { get; set; } = 2048;

    /// <summary>Volumes that are worked on at a time; more are refused.</summary>
    [Range(1, 1024)]
    public int MaxVolumes { get; set; } = 2;

    /// <summary>Names that are loaded before anybody asks, and followed when they move.</summary>
    public string[] Preload { get; set; } = ["production"];

    /// <summary>Folder whose <c>models</c> came with the service and are taken into the store where it lacks their aliases; a
    /// relative one counts from the program's folder. Empty: none.</summary>
    public string ShippedModels { get; set; } = ".";

    /// <summary>Slices of one SegmentSlices call that are worked on at a time.</summary>
    [Range(1, 1024)]
    public int StreamWindow { get; set; } = 16;

    /// <summary>Largest side of a slice, in pixels.</summary>
    [Range(16, 16384)]
    public int MaxSide { get; set; } = 4096;

    /// <summary>Seconds for which a resolved name is trusted; a new version is served at the latest after that.</summary>
    [Range(0, 60)]
    public double ResolutionSeconds { get; set; } = 0.5;

    /// <summary>Seconds for which a model that cannot be loaded is refused without another try.</summary>
    [Range(0, 3600)]
    public double RefusalSeconds { get; set; } = 10;

    /// <summary>Seconds for which it is trusted that there is no model to serve, however many probes ask.</summary>
    [Range(0, 60)]
    public double ReadinessSeconds { get; set; } = 2;

    /// <summary>Seconds without a request after which a loaded version is given up.</summary>
    [Range(0.01, 1_000_000)]
    public double IdleSeconds { get; set; } = 600;

    /// <summary>Versions kept loaded; beyond that the one idle for longest is given up.</summary>
    [Range(1, 1024)]
    public int MaxLoadedModels { get; set; } = 6;
}
