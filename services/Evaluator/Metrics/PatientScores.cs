namespace OrganSeg.Evaluator.Metrics;

/// <summary>One organ of one patient, from all of the patient's images together, after the policy for absent organs.</summary>
/// <param name="Patient">Name of the case.</param>
/// <param name="Precision">0…1, or null where undefined.</param>
/// <param name="Recall">Likewise.</param>
/// <param name="F1">Likewise.</param>
internal sealed record PatientScores(string Patient, double? Precision, double? Recall, double? F1)
{
    /// <summary>Whether the organ is in neither map, so that the policy and no pixel gave the values.</summary>
    public bool IsFilled { get; init; }

    public double? Iou { get; init; }

    /// <summary>Surface Dice at the report's tolerance.</summary>
    public double? Nsd { get; init; }

    /// <summary>95th percentile of the Hausdorff distance, in the report's unit; of several images, their mean.</summary>
    public double? Hd95 { get; init; }

    /// <summary>Average symmetric surface distance, likewise.</summary>
    public double? Assd { get; init; }

    /// <summary>Size of the organ in the reference, in the report's unit of sizes.</summary>
    public double ReferenceSize { get; init; }

    /// <summary>Size of the organ in the prediction.</summary>
    public double PredictionSize { get; init; }
}
