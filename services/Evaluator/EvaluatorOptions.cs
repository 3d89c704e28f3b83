using System.ComponentModel.DataAnnotations;

namespace OrganSeg.Evaluator;

/// <summary>Settings of the service, section <c>Evaluator</c>.</summary>
internal sealed class EvaluatorOptions
{
    public const string Section = "Evaluator";

    /// <summary>Slices sent to Inference and not answered yet.</summary>
    [Range(1, 64)]
    public int SlicesInFlight { get; set; } = 8;

    /// <summary>Seconds an evaluation waits for Inference to come back before it gives up.</summary>
    [Range(0, 3600)]
    public double InferencePatienceSeconds { get; set; } = 30;

    /// <summary>Largest side of a label map given to Score, in pixels.</summary>
    [Range(1, 16384)]
    public int MaxSide { get; set; } = 4096;

    /// <summary>Most memory for the label maps of one volume given to Score, reference and predictions together, in MiB.</summary>
    [Range(1, 65536)]
    public int MaxVolumeMebibytes { get; set; } = 2048;
}
